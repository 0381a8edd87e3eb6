// The audit service's interface over a store. Thread-safe; calls block while the store works and call back on
// the caller's thread.
#pragma once

#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

class AuditHandler final : public AuditApi {
 public:
  // Everything passed must outlive the handler.
  AuditHandler(Store& store, const base::Clock& clock, telemetry::Metrics& metrics,
               telemetry::Logger& logger);

  // Leaves that are no valid record are stored too, and counted: nothing that was appended is thrown away.
  void Append(std::vector<Leaf> leaves, AppendCallback done) override;

  void Find(const Query& query, QueryCallback done) override;
  void Aggregate(const StatsQuery& query, StatsCallback done) override;
  void ReadContent(const Query& query, ContentCallback done) override;

 private:
  LeafIndex Index(const Leaf& leaf);
  absl::StatusOr<std::vector<StoredRecord>> FindAll(const Query& query);
  absl::StatusOr<std::vector<RecordContents>> ContentOf(const Query& query);

  Store& store_;
  const base::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Counter& stored_;
  telemetry::Counter& unreadable_;
  telemetry::Histogram& store_seconds_;
};

}  // namespace portcullis::audit
