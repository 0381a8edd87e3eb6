#include "services/audit/app/audit_handler.h"

#include <chrono>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/stored_record.h"
#include "services/audit/domain/query.h"

namespace portcullis::audit {

AuditHandler::AuditHandler(Store& store, const base::Clock& clock, telemetry::Metrics& metrics,
                           telemetry::Logger& logger)
    : store_(store),
      clock_(clock),
      logger_(logger),
      stored_(metrics.AddCounter(kStoredTotal)),
      unreadable_(metrics.AddCounter(kUnreadableTotal)),
      store_seconds_(metrics.AddHistogram(kStoreSeconds, telemetry::LatencyBuckets())) {}

void AuditHandler::Append(std::vector<Leaf> leaves, AppendCallback done) {
  const base::MonotonicTime begin = clock_.Monotonic();
  std::vector<IndexedLeaf> indexed;
  indexed.reserve(leaves.size());
  for (Leaf& leaf : leaves) {
    IndexedLeaf& added = indexed.emplace_back();  // stays where it is: there is room for all
    added.leaf = std::move(leaf);
    added.index = Index(added.leaf);
  }
  absl::Status status = store_.Append(indexed);
  store_seconds_.Observe(std::chrono::duration<double>(clock_.Monotonic() - begin).count());
  if (status.ok()) stored_.Add(static_cast<double>(indexed.size()));
  std::move(done)(std::move(status));
}

void AuditHandler::Find(const Query& query, QueryCallback done) { std::move(done)(FindAll(query)); }

void AuditHandler::Aggregate(const StatsQuery& query, StatsCallback done) {
  const absl::Status valid = Validate(query);
  std::move(done)(valid.ok() ? store_.Aggregate(query) : valid);
}

void AuditHandler::ReadContent(const Query& query, ContentCallback done) {
  std::move(done)(ContentOf(query));
}

absl::StatusOr<std::vector<RecordContents>> AuditHandler::ContentOf(const Query& query) {
  RETURN_IF_ERROR(ValidateContentQuery(query));
  Query newest;
  newest.request_id = query.request_id;
  newest.newest_first = true;
  newest.limit = kMaxContentRecords;
  ASSIGN_OR_RETURN(std::vector<StoredRecord> found, FindAll(newest));
  std::vector<RecordContents> records;
  for (StoredRecord& record : found) {
    ASSIGN_OR_RETURN(std::vector<std::string> contents, store_.Contents(record.root));
    records.push_back({std::move(record), std::move(contents)});
  }
  return records;
}

LeafIndex AuditHandler::Index(const Leaf& leaf) {
  absl::StatusOr<LeafIndex> index = DecodeIndex(leaf);
  if (index.ok()) return *std::move(index);
  unreadable_.Add();
  logger_.Error(
      "an audit leaf cannot be read; it is kept, but belongs to no record",
      {{"spool", leaf.id.spool}, {"sequence", leaf.id.sequence}, {"error", base::Message(index.status())}});
  return {};
}

absl::StatusOr<std::vector<StoredRecord>> AuditHandler::FindAll(const Query& query) {
  RETURN_IF_ERROR(Validate(query));
  ASSIGN_OR_RETURN(const std::vector<StoredLeaves> found, store_.Find(query));
  std::vector<StoredRecord> records;
  records.reserve(found.size());
  for (const StoredLeaves& leaves : found) {
    ASSIGN_OR_RETURN(Record record, MergeStored(leaves));
    records.push_back({leaves.row, leaves.root, std::move(record)});
  }
  return records;
}

}  // namespace portcullis::audit
