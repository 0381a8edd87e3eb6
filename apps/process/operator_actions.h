// What operators do to a process, counted, and with records in the audit log where the process writes any: an
// intent before, which must be durable, an outcome after. Who: `user` (as the caller says) and
// `client_address`; what: `target` and `reason_code` ("operator.drain").
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/client/record_spool.h"
#include "services/router/api/router_api.h"

namespace portcullis::app {

struct OperatorOptions {
  bool act_without_audit = false;  // audit.fail_mode: allow
  std::string config_version;
};

// One of a fixed set of names, for `reason_code` and the metric.
struct OperatorAction {
  std::string_view name;    // "drain", "log_level"
  std::string_view target;  // what it is done to: a target of the router, "process", "log-level/debug"
};

// Thread-safe. `clock` and `metrics` outlive it.
class OperatorActions {
 public:
  // `spool` null: this process writes no records; the counter and the log tell then.
  OperatorActions(std::unique_ptr<audit::RecordSpool> spool, OperatorOptions options,
                  const base::Clock& clock, telemetry::Metrics& metrics);

  // Runs `act` between its two records; one action at a time. Besides the errors of `act`: UNAVAILABLE when
  // the intent cannot be written. Nothing was done then.
  absl::Status Do(const OperatorAction& action, const router::OperatorCall& by,
                  const std::function<absl::Status()>& act);

 private:
  int64_t NowMicros() const;
  absl::Status Recorded(const OperatorAction& action, const router::OperatorCall& by,
                        const std::function<absl::Status()>& act);
  absl::StatusOr<audit::LeafId> WriteIntent(const audit::Record& record);

  const OperatorOptions options_;
  const base::Clock& clock_;
  telemetry::Metrics& metrics_;
  std::mutex mutex_;
  base::SystemRng rng_;
  const std::unique_ptr<audit::RecordSpool> spool_;
};

}  // namespace portcullis::app
