#pragma once

#include <memory>
#include <utility>

#include "apps/process/context.h"
#include "apps/process/operator_actions.h"
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
  options.retention.days = static_cast<uint32_t>(settings.retention_days);
  for (const auto& [tenant, days] : settings.tenant_retention) {
    options.retention.tenant_days[tenant] = static_cast<uint32_t>(days);
  }
  options.retention.content_days = static_cast<uint32_t>(settings.content.retention_days);
  options.immutable = settings.immutable;
  options.record_reads = settings.log_all_access;
  options.signing_key = settings.signing_key;
  options.head_interval = settings.head_interval;
  options.anchor_file = settings.anchor_file;
  options.anchor_webhook = settings.anchor_webhook;
  options.anchor_interval = settings.anchor_interval;
  options.kafka = audit::KafkaOptionsOf(settings.kafka);
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

// For a process's operators. `spool` null: the process writes no records.
inline std::unique_ptr<OperatorActions> MakeOperators(Context& context,
                                                      std::unique_ptr<audit::RecordSpool> spool) {
  return std::make_unique<OperatorActions>(
      std::move(spool),
      OperatorOptions{context.config.audit.fail_mode == audit::SpoolFailMode::kAllow, context.config.version},
      context.clock, context.metrics);
}

}  // namespace portcullis::app
