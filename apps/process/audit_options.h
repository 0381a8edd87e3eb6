#pragma once

#include "apps/process/audited_admin.h"
#include "apps/process/context.h"
#include "services/audit/app/audit_component.h"
#include "services/audit/client/record_pipeline.h"

namespace portcullis::app {

// The audit service's options of this process.
inline audit::AuditOptions AuditOptionsOf(const Context& context) {
  const audit::AuditSettings& settings = context.config.audit;
  audit::AuditOptions options;
  options.state_dir = context.state_dir;
  options.sqlite_path = settings.database;
  if (settings.store == audit::StoreKind::kPostgresql) {
    options.postgresql = settings.postgresql.connection;
    options.postgresql_password = settings.postgresql.password.Reveal();
  }
  options.durability = settings.durability == audit::Durability::kDisk ? spool::Durability::kDisk
                                                                       : spool::Durability::kProcess;
  options.retention_days = static_cast<uint32_t>(settings.retention_days);
  options.signing_key = settings.signing_key;
  options.head_interval = settings.head_interval;
  options.anchor_file = settings.anchor_file;
  options.anchor_webhook = settings.anchor_webhook;
  options.anchor_interval = settings.anchor_interval;
  return options;
}

// How this process writes records.
inline audit::PipelineOptions RecordOptionsOf(const Context& context) {
  const audit::AuditSettings& settings = context.config.audit;
  audit::PipelineOptions options;
  options.state_dir = context.state_dir;
  options.durability = settings.durability == audit::Durability::kDisk ? spool::Durability::kDisk
                                                                       : spool::Durability::kProcess;
  options.max_spool_bytes = settings.spool_max_bytes;
  options.max_spool_age = settings.spool_max_age;
  return options;
}

inline AuditedAdminOptions AdminOptionsOf(const Context& context) {
  return {context.config.audit.fail_mode == audit::SpoolFailMode::kAllow, context.config.version};
}

}  // namespace portcullis::app
