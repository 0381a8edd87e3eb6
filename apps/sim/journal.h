// What the simulator received and how the calls ended: the last requests in full, counters, cancelled calls.
//
// Bounded: the newest kMaxRequests requests and at most kMaxBytes of bodies (the newest is always kept), the
// newest kMaxCancelled cancelled calls. Headers are kept as received, the key too: tests check what the
// gateway sends. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"

namespace portcullis::sim {

struct ReceivedRequest {
  std::string method;
  std::string target;  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  base::SystemTime at{};
};

// A call whose peer closed the connection before the answer was complete.
struct CancelledCall {
  std::string target;
  base::SystemTime at{};
  base::Duration after{0};  // since the request was complete
  size_t bytes_sent = 0;    // head and framing included
};

enum class CallEnd : uint8_t {
  kAnswered,   // the whole answer was written
  kCancelled,  // the peer left first
  kCut,        // ended early by a fault
};

struct Stats {
  uint64_t requests = 0;
  uint64_t answered = 0;
  uint64_t cancelled = 0;
  uint64_t cut = 0;
  uint64_t faults = 0;  // calls that a fault shaped
  std::map<std::string, uint64_t> by_path;
  std::map<int, uint64_t> by_status;
  std::vector<CancelledCall> cancelled_calls;  // oldest first
};

class Journal {
 public:
  static constexpr size_t kMaxRequests = 1000;
  static constexpr size_t kMaxBytes = size_t{128} << 20;
  static constexpr size_t kMaxCancelled = 1000;
  static constexpr size_t kMaxPaths = 100;

  void AddRequest(ReceivedRequest request, int status, bool fault);
  void AddEnd(CallEnd end, CancelledCall cancelled);

  void Clear();
  Stats stats() const;
  std::vector<ReceivedRequest> requests() const;  // oldest first

  // The bodies of GET /sim/requests and GET /sim/stats. A body that is not UTF-8 is null, and in base64
  // beside.
  std::string RenderRequests() const;
  std::string RenderStats() const;

 private:
  mutable std::mutex mutex_;
  std::deque<ReceivedRequest> requests_;
  std::deque<CancelledCall> cancelled_;
  Stats stats_;
  size_t bytes_ = 0;
};

}  // namespace portcullis::sim
