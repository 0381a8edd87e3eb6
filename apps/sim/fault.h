// Faults that a test asks for, and the queue of faults for the next calls.
//
// A spec is a list of words joined by ';', for example "delay=200;cut=64":
//   ok                 no fault (a filler in a script)
//   delay=MS           wait before the headers
//   cut=N, close=N     after N body bytes end the connection, by RST or by FIN
//   reset              end the connection by RST before the headers
//   stall              headers and half of the body, then nothing until the peer goes
//   drip=MS            one body byte each MS milliseconds
//   packet=N, chunk=N  as the headers x-sim-packet and x-sim-chunk
//   401 429 500 502 503 529   that status in the provider's shape; retry-after=S adds the header
//   context            400, the context is too long
//   content-filter     400, the provider's filter refuses the prompt
//   malformed-json     the JSON of the answer (in a stream: of one event) is cut short
//   malformed-sse      one event of the stream is not SSE (a whole answer: as malformed-json)
//   empty              200 and no body
//   wrong-type         200 and an HTML page
//   refuse-usage       no usage in the answer
//   nodone             the stream ends cleanly without [DONE]
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace portcullis::sim {

struct Fault {
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds drip{0};
  std::optional<size_t> cut;
  std::optional<size_t> close;
  std::optional<int64_t> retry_after;  // seconds
  size_t packet = 0;                   // bytes; 0 = whole
  size_t chunk = 0;                    // bytes; 0 = a word
  int status = 0;                      // 0 = the normal answer
  bool reset = false;
  bool stall = false;
  bool context = false;
  bool content_filter = false;
  bool malformed_json = false;
  bool malformed_sse = false;
  bool empty = false;
  bool wrong_type = false;
  bool refuse_usage = false;
  bool nodone = false;

  // Neither "ok" nor packet and chunk sizes alone.
  bool IsFault() const;
};

// InvalidArgument names the word that is not known or out of range (numbers: 0 to 2^31-1; waits: up to an
// hour).
absl::StatusOr<Fault> ParseFault(std::string_view spec);

// The faults of the next calls. Thread-safe.
class FaultScript {
 public:
  static constexpr size_t kMaxFaults = 10000;

  // Replaces the script. `script` is an array of specs (for any model) and of objects
  // {"model": "...", "faults": [spec...], "repeat": true}; a model's own queue goes before the common one;
  // without "model" the object extends the common queue; "repeat" starts the queue again at its end.
  absl::Status Set(const boost::json::value& script);
  void Clear();

  // The fault of the next call for `model`, or nothing.
  std::optional<Fault> Next(std::string_view model);

 private:
  struct Queue {
    std::deque<Fault> faults;
    bool repeat = false;
  };
  using Queues = std::map<std::string, Queue, std::less<>>;  // "" is the common queue

  static absl::Status AddItem(const boost::json::value& item, Queues& queues);
  static std::optional<Fault> Take(Queue& queue);

  std::mutex mutex_;
  Queues queues_;
};

}  // namespace portcullis::sim
