// The provider simulator: a stand-in for the HTTP API of Mistral and of OpenAI, for demonstrations, tests and
// benchmarks.
//
//   POST /v1/chat/completions, /v1/fim/completions, /v1/embeddings; GET /v1/models
//                       in the dialect of `provider`; under /mistral/v1 and /openai/v1 in the named one
//   GET  /sim/requests  the last requests, as they arrived
//   GET  /sim/stats     counters and cancelled calls
//   POST /sim/reset     forget both and the script
//   POST /sim/script    faults for the next calls
//
// What a call answers: directives.h and answer.h. Faults: fault.h. What is refused: request_schema.h.
// Connections are kept alive; requests are limited to 16 KiB of header and 64 MiB of body. It shares no
// parsing code with the gateway.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/sim/api_error.h"
#include "apps/sim/journal.h"
#include "libs/base/clock.h"

namespace portcullis::sim {

struct SimulatorOptions {
  std::string address = "127.0.0.1";            // an IP address
  uint16_t port = 0;                            // 0: any free one
  int threads = 1;                              // 1 to 64; a connection stays on its thread
  bool require_key = true;                      // false: calls without a key are served too
  std::vector<std::string> accepted_keys = {};  // empty: any bearer key that is not empty
  Provider provider = Provider::kMistral;       // of the paths under /v1
  std::chrono::milliseconds latency{0};         // before the headers of each answer
  double tokens_per_second = 0;                 // pace of streams, and of whole answers; 0: no pacing
  std::string script = {};                      // JSON, as POST /sim/script takes it; empty: none
  const base::Clock* clock = nullptr;           // outlives the simulator; null: the machine's
};

// Serves from Start until it is destroyed. Methods are thread-safe.
class Simulator {
 public:
  // InvalidArgument for bad options; Unavailable when the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Simulator>> Start(SimulatorOptions options);
  ~Simulator();  // ends all connections

  uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:41090/v1"

  Stats stats() const;
  std::vector<ReceivedRequest> requests() const;
  absl::Status SetScript(std::string_view json);
  void Reset();

 private:
  class Impl;
  explicit Simulator(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::sim
