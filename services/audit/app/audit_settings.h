// The audit service's part of policy-config.yaml.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "libs/config/secret.h"
#include "libs/pg/pg_settings.h"
#include "services/audit/app/content_settings.h"
#include "services/audit/app/kafka_settings.h"

namespace portcullis::audit {

// What a record has survived when the last byte of its answer leaves.
enum class Durability {
  kProcess,  // the death of any process: write(2)
  kDisk,     // that of the machine too: fdatasync, several records at a time
};

// What happens to requests while the spool is full, the audit service being away for long.
enum class SpoolFailMode { kBlock, kAllow };

enum class StoreKind { kSqlite, kPostgresql };

struct AuditSettings {
  std::string listen = "127.0.0.1:41031";        // gRPC; port 0 = any free one
  std::string admin_listen = "127.0.0.1:41039";  // metrics, health, effective configuration
  StoreKind store = StoreKind::kSqlite;
  std::string database;  // SQLite file; empty = audit.db in gateway.state_dir
  pg::PgSettings postgresql;
  KafkaSettings kafka;

  int retention_days = 365;  // bodies of records; their hashes stay
  struct TenantRetention {
    std::string tenant;
    int days = 0;
  };
  std::vector<TenantRetention> tenant_retention;  // in place of retention_days
  bool immutable = true;
  bool log_all_access = false;
  bool hipaa_audit_controls = false;
  ContentSettings content;

  std::string signing_key;  // file of the private key; empty = audit-key.pem in gateway.state_dir
  std::chrono::milliseconds head_interval{10'000};

  std::string anchor_file;     // heads are appended here; empty = none
  std::string anchor_webhook;  // heads are sent here; empty = none
  std::chrono::milliseconds anchor_interval{60'000};

  Durability durability = Durability::kProcess;
  uint64_t spool_max_bytes = 1ull << 30;
  std::chrono::milliseconds spool_max_age{0};  // 0 = no bound
  SpoolFailMode fail_mode = SpoolFailMode::kBlock;
};

// `policy.audit-logger`.
config::Schema<AuditSettings> AuditLoggerSchema();

// `audit`: the spool.
config::Schema<AuditSettings> AuditSchema();

// `services.audit`.
config::Schema<AuditSettings> AuditServiceSchema();

// What needs more than one key, or the environment: reports what does not fit, and reads the password.
void ResolveAudit(const config::Document& document, const config::Environment& environment,
                  AuditSettings& settings, config::Issues& issues);

}  // namespace portcullis::audit
