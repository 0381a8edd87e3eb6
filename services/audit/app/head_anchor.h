// Brings the heads of the log outside, at an interval and at the end: to a file, one JSON object per line,
// and to a webhook. Whoever keeps them can show later that the log was cut off or rewritten, even by somebody
// with its key
// (`audit verify --head`).
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/client/waiter.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

struct AnchorOptions {
  std::filesystem::path file;  // "" = none; appended to, made if it is not there
  std::string webhook;         // URL; "" = none
  base::Duration interval = std::chrono::minutes(1);
};

// Sends a body as JSON to a URL.
using Post = std::function<absl::Status(const std::string& url, const std::string& body)>;

// Everything passed must outlive it.
class HeadAnchor {
 public:
  HeadAnchor(AnchorOptions options, Post post, LogStore& log, const base::Clock& clock, Waiter& waiter,
             telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~HeadAnchor();  // anchors a last time
  HeadAnchor(const HeadAnchor&) = delete;
  HeadAnchor& operator=(const HeadAnchor&) = delete;

  // Begins on a thread of its own, if there is an anchor at all.
  void Start();

  // One round: the last head goes to each anchor that does not have it.
  void Anchor();

 private:
  struct Place {
    const char* name;
    std::function<absl::Status(const std::string& line)> send;
    telemetry::Counter* errors;
    telemetry::Gauge* leaves;
    uint64_t size = 0;  // of the head that it has
  };

  void Run(const std::stop_token& stop);
  void AddPlace(const char* name, std::function<absl::Status(const std::string&)> send,
                telemetry::Metrics& metrics);
  absl::Status AppendToFile(const std::string& line) const;

  const AnchorOptions options_;
  LogStore& log_;
  const base::Clock& clock_;
  Waiter& waiter_;
  telemetry::Logger& logger_;
  std::vector<Place> places_;
  std::jthread thread_;
};

}  // namespace portcullis::audit
