#include "services/audit/app/audit_component.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/spool/files.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/retention.h"

namespace portcullis::audit {
namespace {

class Component final : public AuditComponent {
 public:
  Component(std::unique_ptr<Store> store, uint32_t retention_days, const base::Clock& clock,
            telemetry::Metrics& metrics, telemetry::Logger& logger)
      : store_(std::move(store)),
        handler_(*store_, clock, metrics, logger),
        retention_(retention_days, *store_, clock, waiter_, metrics, logger) {
    retention_.Start();
  }

  AuditApi& api() override { return handler_; }

 private:
  const std::unique_ptr<Store> store_;
  AuditHandler handler_;
  ConditionWaiter waiter_;
  Retention retention_;
};

}  // namespace

std::filesystem::path DatabasePath(const AuditOptions& options) {
  return options.sqlite_path.empty() ? options.state_dir / "audit.db" : options.sqlite_path;
}

absl::StatusOr<std::unique_ptr<AuditComponent>> AuditComponent::Create(const AuditOptions& options,
                                                                       const base::Clock& clock,
                                                                       telemetry::Metrics& metrics,
                                                                       telemetry::Logger& logger) {
  const std::filesystem::path path = DatabasePath(options);
  if (path.has_parent_path()) RETURN_IF_ERROR(spool::MakeDirectories(path.parent_path()));
  ASSIGN_OR_RETURN(
      std::unique_ptr<Store> store,
      sqlite::SqliteStore::Open({path.native(), options.durability == spool::Durability::kDisk}));
  return std::make_unique<Component>(std::move(store), options.retention_days, clock, metrics, logger);
}

}  // namespace portcullis::audit
