// The audit service, ready to be called: its store, its handler, and the removal of expired records.
#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/spool/durability.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/adapters/kafka/kafka_options.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/app/log_keeper.h"
#include "services/audit/app/retention.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

struct AuditOptions {
  std::filesystem::path state_dir;    // made if it is not there
  std::filesystem::path sqlite_path;  // "" = <state_dir>/audit.db
  std::string postgresql;             // libpq's connection string, without a password; "" = SQLite
  std::string postgresql_password;    // "" = none
  // kDisk: what is acknowledged survives the loss of power (SQLite; PostgreSQL has its own settings for
  // that).
  spool::Durability durability = spool::Durability::kProcess;
  RetentionRules retention;           // 0 days = records are kept for ever
  bool immutable = true;              // records go by retention or erasure only
  bool record_reads = false;          // each read of the log is a record of it; of content always
  std::filesystem::path signing_key;  // "" = <state_dir>/audit-key.pem; made if it is not there
  base::Duration head_interval = std::chrono::seconds(10);
  std::filesystem::path anchor_file;  // heads are appended; "" = none
  std::string anchor_webhook;         // URL that heads are sent to; "" = none
  base::Duration anchor_interval = std::chrono::minutes(1);
  kafka::KafkaOptions kafka;  // where records are sent on to, if it names brokers
};

// The database file and the signing key of these options.
std::filesystem::path DatabasePath(const AuditOptions& options);
std::filesystem::path SigningKeyPath(const AuditOptions& options);

class AuditComponent {
 public:
  virtual ~AuditComponent() = default;

  // Opens the store and reads the signing key; errors name the file. Everything passed must outlive the
  // component.
  static absl::StatusOr<std::unique_ptr<AuditComponent>> Create(const AuditOptions& options,
                                                                const base::Clock& clock,
                                                                telemetry::Metrics& metrics,
                                                                telemetry::Logger& logger);

  // Thread-safe; valid as long as the component. Calls block: never on a worker. Reads are recorded if the
  // options say so.
  virtual AuditApi& api() = 0;

  // The signed log, for proofs. The same holds for it.
  virtual LogStore& log() = 0;

  // Holds and removals. The same holds for it.
  virtual LogKeeper& keeper() = 0;
};

}  // namespace portcullis::audit
