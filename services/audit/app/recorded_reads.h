// The audit service's interface where reads of captured content are records of the log, and with
// policy.audit-logger.log_all_access all reads: what cannot be recorded is not read.
#pragma once

#include <mutex>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/app/own_leaves.h"

namespace portcullis::audit {

// Thread-safe, blocking as what is behind it. Everything passed must outlive it.
class RecordedReads final : public AuditApi {
 public:
  // `all`: else those of content alone.
  RecordedReads(bool all, AuditApi& log, const base::Clock& clock, telemetry::Metrics& metrics,
                telemetry::Logger& logger);

  void Append(std::vector<Leaf> leaves, AppendCallback done) override;

  // UNAVAILABLE: the record of the question could not be stored. One that is none (Validate) leaves none.
  void Find(const Query& query, QueryCallback done) override;
  void Aggregate(const StatsQuery& query, StatsCallback done) override;
  void ReadContent(const Query& query, ContentCallback done) override;

 private:
  absl::Status Note(std::string_view kind, const Query& query);

  const bool all_;
  AuditApi& log_;
  const base::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Counter& recorded_;
  telemetry::Counter& refused_;
  OwnLeaves leaves_;
  std::mutex mutex_;
  base::SystemRng rng_;
};

}  // namespace portcullis::audit
