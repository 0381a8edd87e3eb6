#include "services/audit/app/audit_component.h"

#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "services/audit/adapters/kafka/kafka_sink.h"
#include "services/audit/adapters/webhook/post_json.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/head_anchor.h"
#include "services/audit/app/head_signer.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/app/record_export.h"
#include "services/audit/app/recorded_reads.h"
#include "services/audit/app/retention.h"
#include "services/audit/app/signing_key_file.h"
#include "services/audit/app/store_place.h"

namespace portcullis::audit {
namespace {

constexpr base::Duration kPostTimeout = std::chrono::seconds(5);

absl::Status PostWithin(const std::string& url, const std::string& body) {
  return PostJson(url, body, kPostTimeout);
}

OpenSink KafkaSinks(kafka::KafkaOptions options, const std::string& log_id) {
  options.log_id = log_id;
  return [options = std::move(options)] { return kafka::OpenKafkaSink(options); };
}

ExportCursor CursorOf(const AuditOptions& options, const std::string& log_id) {
  return {options.state_dir / base::StrCat("kafka-", options.kafka.topic, ".cursor"), log_id,
          base::StrCat("topic ", options.kafka.topic)};
}

class Component final : public AuditComponent {
 public:
  Component(std::unique_ptr<AuditStore> store, crypto::SigningKey key, const AuditOptions& options,
            const base::Clock& clock, telemetry::Metrics& metrics, telemetry::Logger& logger)
      : store_(std::move(store)),
        handler_(*store_, clock, metrics, logger),
        reads_(options.record_reads, handler_, clock, metrics, logger),
        anchor_({options.anchor_file, options.anchor_webhook, options.anchor_interval}, PostWithin, *store_,
                clock, anchor_waiter_, metrics, logger),
        key_watch_(SigningKeyPath(options)),
        signer_(std::move(key), options.head_interval, *store_, clock, signer_waiter_, metrics, logger),
        keeper_(options.immutable, *store_, handler_, clock, metrics, logger),
        retention_(options.retention, *store_, clock, retention_waiter_, metrics, logger) {
    if (!options.kafka.brokers.empty()) {
      export_.emplace(KafkaSinks(options.kafka, store_->log_id()), CursorOf(options, store_->log_id()),
                      ExportParts{*store_, clock, export_waiter_, metrics, logger});
      export_->Start();
    }
    signer_.SetNewKey([this] { return key_watch_.Changed(); });
    signer_.Start();
    anchor_.Start();
    retention_.Start();
  }

  AuditApi& api() override { return reads_; }
  LogStore& log() override { return *store_; }
  LogKeeper& keeper() override { return keeper_; }

 private:
  const std::unique_ptr<AuditStore> store_;
  AuditHandler handler_;
  RecordedReads reads_;
  ConditionWaiter anchor_waiter_;
  HeadAnchor anchor_;  // ends after the signer, which signs a last time
  SigningKeyWatch key_watch_;
  ConditionWaiter signer_waiter_;
  HeadSigner signer_;
  LogKeeper keeper_;
  ConditionWaiter retention_waiter_;
  Retention retention_;
  ConditionWaiter export_waiter_;
  std::optional<RecordExport> export_;
};

}  // namespace

std::filesystem::path DatabasePath(const AuditOptions& options) {
  return options.sqlite_path.empty() ? options.state_dir / "audit.db" : options.sqlite_path;
}

std::filesystem::path SigningKeyPath(const AuditOptions& options) {
  return options.signing_key.empty() ? options.state_dir / "audit-key.pem" : options.signing_key;
}

absl::StatusOr<std::unique_ptr<AuditComponent>> AuditComponent::Create(const AuditOptions& options,
                                                                       const base::Clock& clock,
                                                                       telemetry::Metrics& metrics,
                                                                       telemetry::Logger& logger) {
  StorePlace place(DatabasePath(options));
  place.postgresql = options.postgresql;
  place.password = options.postgresql_password;
  if (place.postgresql.empty()) {
    if (place.sqlite.has_parent_path()) RETURN_IF_ERROR(spool::MakeDirectories(place.sqlite.parent_path()));
  } else {
    RETURN_IF_ERROR(spool::MakeDirectories(options.state_dir));
    ASSIGN_OR_RETURN(place.log_id, ReadOrMakeLogId(options.state_dir));
  }
  RETURN_IF_ERROR(MarkReads(options.state_dir, options.record_reads));
  const std::filesystem::path key_path = SigningKeyPath(options);
  if (key_path.has_parent_path()) RETURN_IF_ERROR(spool::MakeDirectories(key_path.parent_path()));
  ASSIGN_OR_RETURN(crypto::SigningKey key, LoadOrMakeSigningKey(key_path));
  ASSIGN_OR_RETURN(std::unique_ptr<AuditStore> store, OpenStore(place, options.durability, clock));
  return std::make_unique<Component>(std::move(store), std::move(key), options, clock, metrics, logger);
}

}  // namespace portcullis::audit
