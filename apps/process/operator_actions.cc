#include "apps/process/operator_actions.h"

#include <future>
#include <utility>

#include "apps/process/operator_metrics.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::app {

OperatorActions::OperatorActions(std::unique_ptr<audit::RecordSpool> spool, OperatorOptions options,
                                 const base::Clock& clock, telemetry::Metrics& metrics)
    : options_(std::move(options)), clock_(clock), metrics_(metrics), spool_(std::move(spool)) {}

int64_t OperatorActions::NowMicros() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now().time_since_epoch()).count();
}

// As durable as configured when it returns.
absl::StatusOr<audit::LeafId> OperatorActions::WriteIntent(const audit::Record& record) {
  ASSIGN_OR_RETURN(audit::LeafId id, spool_->Append(record));
  std::promise<absl::Status> durable;
  spool_->Sync([&durable](absl::Status status) { durable.set_value(std::move(status)); });
  RETURN_IF_ERROR(durable.get_future().get());
  return id;
}

absl::Status OperatorActions::Do(const OperatorAction& action, const router::OperatorCall& by,
                                 const std::function<absl::Status()>& act) {
  const std::lock_guard lock(mutex_);
  absl::Status done = spool_ == nullptr ? act() : Recorded(action, by, act);
  metrics_
      .AddCounter(kOperatorActions,
                  {{"action", std::string(action.name)}, {"result", done.ok() ? "ok" : "rejected"}})
      .Add();
  return done;
}

absl::Status OperatorActions::Recorded(const OperatorAction& action, const router::OperatorCall& by,
                                       const std::function<absl::Status()>& act) {
  audit::Record record;
  record.kind = audit::LeafKind::kIntent;
  record.time_us = record.started_us = NowMicros();
  record.request_id = base::NewRequestId(record.time_us / 1000, rng_);
  record.user = by.user;
  record.client_address = by.address;
  record.endpoint = by.endpoint;
  record.method = by.method;
  record.target = action.target;
  record.reason_code = base::StrCat(audit::kOperatorReason, action.name);
  record.config_version = options_.config_version;
  absl::StatusOr<audit::LeafId> intent = WriteIntent(record);
  if (!intent.ok() && !options_.act_without_audit) {
    return absl::UnavailableError(base::StrCat(
        "nothing was done, for its audit record could not be written: ", base::Message(intent.status())));
  }
  absl::Status done = act();
  record.kind = audit::LeafKind::kOutcome;
  if (intent.ok()) record.intent = *std::move(intent);
  record.time_us = NowMicros();
  record.verdict = done.ok() ? "allow" : "error";
  record.outcome = done.ok() ? "ok" : "rejected";
  // The change stands: the intent tells of it should this leaf be lost, which the spool's metrics count.
  (void)spool_->Append(record);
  return done;
}

}  // namespace portcullis::app
