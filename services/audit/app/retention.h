// Removes records whose retention ended: once at the start and then once a day, in small batches, so that
// appends go on in between. What a legal hold selects stays.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/client/waiter.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

struct RetentionRules {
  uint32_t days = 0;                            // 0 = for ever
  std::map<std::string, uint32_t> tenant_days;  // those of a tenant, in place of `days`
  uint32_t content_days = 0;                    // what was captured goes then; 0 = with its record
};

// Everything passed must outlive it.
class Retention {
 public:
  Retention(RetentionRules rules, Store& store, const base::Clock& clock, Waiter& waiter,
            telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  // Starts the daily round on a thread of its own.
  void Start();

  // One round. Ends early when `stop` asks for it.
  struct Round {
    uint64_t removed = 0;
    uint64_t held = 0;
    uint64_t contents = 0;
  };
  absl::StatusOr<Round> RemoveExpired(const std::stop_token& stop = {});

 private:
  void Run(const std::stop_token& stop);
  absl::Status RemoveAll(Removal removal, const std::stop_token& stop, Round* round);

  const RetentionRules rules_;
  Store& store_;
  const base::Clock& clock_;
  Waiter& waiter_;
  telemetry::Logger& logger_;
  telemetry::Counter& expired_;
  telemetry::Counter& contents_;
  std::jthread thread_;
};

}  // namespace portcullis::audit
