// The audit service's part of policy-config.yaml.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/config/schema.h"

namespace portcullis::audit {

// What a record has survived when the last byte of its answer leaves.
enum class Durability {
  kProcess,  // the death of any process: write(2)
  kDisk,     // that of the machine too: fdatasync, several records at a time
};

// What happens to requests while the spool is full, the audit service being away for long.
enum class SpoolFailMode { kBlock, kAllow };

struct AuditSettings {
  std::string listen = "127.0.0.1:41031";        // gRPC; port 0 = any free one
  std::string admin_listen = "127.0.0.1:41039";  // metrics, health, effective configuration
  std::string database;                          // SQLite file; empty = audit.db in gateway.state_dir

  int retention_days = 365;  // bodies of records; their hashes stay
  bool immutable = true;
  bool log_all_access = false;

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

}  // namespace portcullis::audit
