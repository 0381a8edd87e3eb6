#include "services/audit/app/retention.h"

#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"

namespace portcullis::audit {
namespace {

constexpr uint32_t kBatch = 500;  // records per transaction: a few milliseconds
constexpr base::Duration kPeriod = std::chrono::hours(24);
constexpr base::Duration kRetry = std::chrono::minutes(10);

Query Before(base::SystemTime now, uint32_t days) {
  Query query;
  query.until_us = (now - std::chrono::days(days)).time_since_epoch().count();
  query.limit = kBatch;
  return query;
}

}  // namespace

Retention::Retention(RetentionRules rules, Store& store, const base::Clock& clock, Waiter& waiter,
                     telemetry::Metrics& metrics, telemetry::Logger& logger)
    : rules_(std::move(rules)),
      store_(store),
      clock_(clock),
      waiter_(waiter),
      logger_(logger),
      expired_(metrics.AddCounter(kExpiredTotal)),
      contents_(metrics.AddCounter(kContentsRemovedTotal)) {}

Retention::~Retention() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  waiter_.Wake();
  thread_.join();
}

void Retention::Start() {
  if (rules_.days == 0 && rules_.tenant_days.empty() && rules_.content_days == 0) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

absl::StatusOr<Retention::Round> Retention::RemoveExpired(const std::stop_token& stop) {
  const base::SystemTime now = clock_.Now();
  Round round;
  Removal others;
  for (const auto& [tenant, days] : rules_.tenant_days) {
    Removal removal;
    removal.query = Before(now, days);
    removal.query.tenant = tenant;
    RETURN_IF_ERROR(RemoveAll(std::move(removal), stop, &round));
    others.keep.emplace_back().tenant = tenant;
  }
  if (rules_.content_days > 0) {
    Removal contents;
    contents.query = Before(now, rules_.content_days);
    contents.only_content = true;
    RETURN_IF_ERROR(RemoveAll(std::move(contents), stop, &round));
  }
  if (rules_.days == 0) return round;
  others.query = Before(now, rules_.days);
  RETURN_IF_ERROR(RemoveAll(std::move(others), stop, &round));
  return round;
}

absl::Status Retention::RemoveAll(Removal removal, const std::stop_token& stop, Round* round) {
  while (!stop.stop_requested()) {
    ASSIGN_OR_RETURN(const Removed removed, store_.Remove(removal));
    contents_.Add(static_cast<double>(removed.contents));
    round->contents += removed.contents;
    round->held += removed.held;
    if (!removal.only_content) {
      expired_.Add(static_cast<double>(removed.records));
      round->removed += removed.records;
    }
    if (removed.after == 0) break;
    removal.query.after = removed.after;
  }
  return absl::OkStatus();
}

void Retention::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const absl::StatusOr<Round> round = RemoveExpired(stop);
    if (!round.ok()) {
      logger_.Warning("expired audit records could not be removed; trying again later",
                      {{"error", base::Message(round.status())}});
    } else if (round->removed > 0 || round->held > 0 || round->contents > 0) {
      logger_.Info("removed expired audit records",
                   {{"records", round->removed}, {"contents", round->contents}, {"held", round->held}});
    }
    const base::MonotonicTime next = clock_.Monotonic() + (round.ok() ? kPeriod : kRetry);
    while (!stop.stop_requested() && clock_.Monotonic() < next) waiter_.Wait(next - clock_.Monotonic());
  }
}

}  // namespace portcullis::audit
