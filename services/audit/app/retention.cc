#include "services/audit/app/retention.h"

#include <chrono>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"

namespace portcullis::audit {
namespace {

constexpr uint32_t kBatch = 500;  // records per transaction: a few milliseconds
constexpr base::Duration kPeriod = std::chrono::hours(24);
constexpr base::Duration kRetry = std::chrono::minutes(10);

}  // namespace

Retention::Retention(uint32_t days, Store& store, const base::Clock& clock, Waiter& waiter,
                     telemetry::Metrics& metrics, telemetry::Logger& logger)
    : days_(days),
      store_(store),
      clock_(clock),
      waiter_(waiter),
      logger_(logger),
      expired_(metrics.AddCounter(kExpiredTotal)) {}

Retention::~Retention() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  waiter_.Wake();
  thread_.join();
}

void Retention::Start() {
  if (days_ == 0) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

absl::StatusOr<uint64_t> Retention::RemoveExpired(const std::stop_token& stop) {
  if (days_ == 0) return 0;
  const base::SystemTime before = clock_.Now() - std::chrono::days(days_);
  uint64_t total = 0;
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const uint64_t removed, store_.RemoveBefore(before.time_since_epoch().count(), kBatch));
    expired_.Add(static_cast<double>(removed));
    total += removed;
    if (removed < kBatch) break;
  }
  return total;
}

void Retention::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const absl::StatusOr<uint64_t> removed = RemoveExpired(stop);
    if (!removed.ok()) {
      logger_.Warning("expired audit records could not be removed; trying again later",
                      {{"error", base::Message(removed.status())}});
    } else if (*removed > 0) {
      logger_.Info("removed expired audit records", {{"records", *removed}, {"retention_days", days_}});
    }
    const base::MonotonicTime next = clock_.Monotonic() + (removed.ok() ? kPeriod : kRetry);
    while (!stop.stop_requested() && clock_.Monotonic() < next) waiter_.Wait(next - clock_.Monotonic());
  }
}

}  // namespace portcullis::audit
