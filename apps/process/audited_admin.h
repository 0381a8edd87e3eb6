// What operators do to targets, with records in the audit log: an intent before, which must be durable, an
// outcome after. Who: `user` (as the caller says) and `client_address`; what: `target` and `reason_code`
// ("operator.drain").
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/audit/client/record_spool.h"
#include "services/router/api/router_api.h"

namespace portcullis::app {

struct AuditedAdminOptions {
  bool act_without_audit = false;  // audit.fail_mode: allow
  std::string config_version;
};

// Thread-safe. `targets` and `clock` outlive it.
class AuditedAdmin final : public router::RouterAdmin {
 public:
  AuditedAdmin(router::RouterAdmin& targets, std::unique_ptr<audit::RecordSpool> spool,
               AuditedAdminOptions options, const base::Clock& clock);

  std::vector<router::TargetStatus> TargetsNow() const override { return targets_.TargetsNow(); }

  // Besides the errors of the admin behind it: UNAVAILABLE when the intent cannot be written. Nothing was
  // done then.
  absl::Status Control(std::string_view target, router::TargetAction action,
                       const router::OperatorCall& by) override;

 private:
  int64_t NowMicros() const;
  absl::StatusOr<audit::LeafId> WriteIntent(const audit::Record& record);

  router::RouterAdmin& targets_;
  const AuditedAdminOptions options_;
  const base::Clock& clock_;
  std::mutex mutex_;  // one action at a time
  base::SystemRng rng_;
  const std::unique_ptr<audit::RecordSpool> spool_;
};

}  // namespace portcullis::app
