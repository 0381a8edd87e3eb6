#include "services/audit/app/recorded_reads.h"

#include <utility>

#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/read_record.h"

namespace portcullis::audit {

RecordedReads::RecordedReads(bool all, AuditApi& log, const base::Clock& clock, telemetry::Metrics& metrics,
                             telemetry::Logger& logger)
    : all_(all),
      log_(log),
      clock_(clock),
      logger_(logger),
      recorded_(metrics.AddCounter(kReadsTotal, {{"result", "recorded"}})),
      refused_(metrics.AddCounter(kReadsTotal, {{"result", "refused"}})),
      leaves_(log) {}

void RecordedReads::Append(std::vector<Leaf> leaves, AppendCallback done) {
  log_.Append(std::move(leaves), std::move(done));
}

void RecordedReads::Find(const Query& query, QueryCallback done) {
  absl::Status status = Validate(query);
  if (status.ok() && all_ && !query.asker.recorded) status = Note("records", query);
  if (!status.ok()) return std::move(done)(std::move(status));
  log_.Find(query, std::move(done));
}

void RecordedReads::Aggregate(const StatsQuery& query, StatsCallback done) {
  absl::Status status = Validate(query);
  if (status.ok() && all_ && !query.query.asker.recorded) status = Note("stats", query.query);
  if (!status.ok()) return std::move(done)(std::move(status));
  log_.Aggregate(query, std::move(done));
}

void RecordedReads::ReadContent(const Query& query, ContentCallback done) {
  absl::Status status = ValidateContentQuery(query);
  if (status.ok()) status = Note(kContentRead, query);
  if (!status.ok()) return std::move(done)(std::move(status));
  log_.ReadContent(query, std::move(done));
}

absl::Status RecordedReads::Note(std::string_view kind, const Query& query) {
  Record read;
  {
    std::lock_guard lock(mutex_);
    read = ReadRecord(kind, query, clock_, rng_);
  }
  const absl::Status stored = leaves_.Append(read).status();
  (stored.ok() ? recorded_ : refused_).Add();
  if (stored.ok()) return absl::OkStatus();
  logger_.Error(
      "the audit log was not read, for the read could not be recorded",
      {{"by", query.asker.principal}, {"peer", query.asker.peer}, {"error", base::Message(stored)}});
  return absl::UnavailableError(base::StrCat(
      "this read of the audit log is to be recorded, and could not be: ", base::Message(stored)));
}

}  // namespace portcullis::audit
