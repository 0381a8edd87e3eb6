// Brings a changed configuration into a running process.
//
// A reload reads the file again, checks it as a start would, and then goes over to what can change while
// requests are served: the policies with their exceptions and limits, and how the edge answers for them. What
// is wrong changes nothing and is told. Other settings keep their values until a restart, and are named.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "apps/config/load_config.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"

namespace portcullis::app {

struct ReloadResult {
  enum class Outcome : uint8_t { kApplied, kUnchanged, kRejected };

  Outcome outcome = Outcome::kUnchanged;
  std::string version;                // in effect now
  std::vector<std::string> problems;  // kRejected: "file:12:5: what is wrong"
  std::vector<std::string>
      restart_needed;  // paths of settings that differ from the file and wait for a restart
};

std::string_view OutcomeName(ReloadResult::Outcome outcome);  // "applied", "unchanged", "rejected"

// Thread-safe. Reloads take some 100 ms each, one after the other, and belong on no worker.
class Reloader {
 public:
  struct Parts {
    std::function<LoadedConfig()> load;                      // reads the file
    std::function<absl::Status(const LoadedConfig&)> apply;  // all of it or nothing
  };

  // `running`: what the process started with.
  Reloader(const LoadedConfig& running, Parts parts, telemetry::Metrics& metrics, telemetry::Logger& logger);

  // `trigger`: "file", "signal" or "admin", for the log.
  ReloadResult Reload(std::string_view trigger);

  // The settings in effect as JSON, secrets masked; with their version, and what waits for a restart, under
  // "x-portcullis".
  std::string Effective() const;

 private:
  ReloadResult Try();
  ReloadResult Reject(std::vector<std::string> problems) const;
  void Log(const ReloadResult& result, std::string_view trigger);

  const Parts parts_;
  telemetry::Metrics& metrics_;
  telemetry::Logger& logger_;
  std::mutex reloading_;      // held for a whole reload
  mutable std::mutex mutex_;  // of what follows
  std::string effective_;
  std::string version_;
  std::string pack_;
  std::vector<std::string> restart_needed_;
};

}  // namespace portcullis::app
