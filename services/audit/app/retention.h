// Removes records whose retention ended: once at the start and then once a day, in small batches, so that
// appends go on in between.
#pragma once

#include <cstdint>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/client/waiter.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

// Everything passed must outlive it.
class Retention {
 public:
  // Records are kept for `days` days; 0 = for ever.
  Retention(uint32_t days, Store& store, const base::Clock& clock, Waiter& waiter,
            telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  // Starts the daily round on a thread of its own.
  void Start();

  // One round; how many records were removed. Ends early when `stop` asks for it.
  absl::StatusOr<uint64_t> RemoveExpired(const std::stop_token& stop = {});

 private:
  void Run(const std::stop_token& stop);

  const uint32_t days_;
  Store& store_;
  const base::Clock& clock_;
  Waiter& waiter_;
  telemetry::Logger& logger_;
  telemetry::Counter& expired_;
  std::jthread thread_;
};

}  // namespace portcullis::audit
