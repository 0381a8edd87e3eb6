#pragma once

#include "apps/process/context.h"
#include "services/audit/app/audit_component.h"

namespace portcullis::app {

// The audit service's options of this process.
inline audit::AuditOptions AuditOptionsOf(const Context& context) {
  const audit::AuditSettings& settings = context.config.audit;
  audit::AuditOptions options;
  options.state_dir = context.state_dir;
  options.sqlite_path = settings.database;
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

}  // namespace portcullis::app
