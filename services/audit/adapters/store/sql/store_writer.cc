#include "services/audit/adapters/store/sql/store_writer.h"

#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/leaf_numbers.h"
#include "services/audit/adapters/store/sql/record_scan.h"

namespace portcullis::audit::sql {

absl::Status StoreWriter::Prepare() {
  ASSIGN_OR_RETURN(insert_spool_, database_.Prepare("INSERT INTO spools(id) VALUES(?) RETURNING number"));
  ASSIGN_OR_RETURN(find_spool_, database_.Prepare("SELECT number FROM spools WHERE id = ?"));
  RETURN_IF_ERROR(records_.Prepare());
  return log_.Prepare();
}

absl::Status StoreWriter::InTransaction(absl::FunctionRef<absl::Status()> work) {
  ASSIGN_OR_RETURN(const bool stale, database_.BeginWrite());
  absl::Status status;
  if (stale || broken_) {
    tables_.Forget();
    status = records_.Forget();
  }
  if (status.ok()) {
    broken_ = false;
    status = work();
  }
  if (status.ok()) status = database_.Execute("COMMIT");
  if (status.ok()) return status;
  (void)database_.Execute("ROLLBACK");  // fails if the database has done it already
  spools_.clear();
  log_.Forget();
  tables_.Forget();
  broken_ = !records_.Forget().ok();
  return status;
}

absl::Status StoreWriter::Append(std::span<const IndexedLeaf> leaves) {
  return InTransaction([&]() -> absl::Status {
    RETURN_IF_ERROR(AppendAll(leaves));
    RETURN_IF_ERROR(records_.Write());
    return log_.Write();
  });
}

absl::Status StoreWriter::AppendAll(std::span<const IndexedLeaf> leaves) {
  std::vector<NewLeaf> rows;
  rows.reserve(leaves.size());
  for (const IndexedLeaf& leaf : leaves) {
    ASSIGN_OR_RETURN(const int64_t number, LeafNumber(leaf.leaf.id.spool, leaf.leaf.id.sequence));
    rows.push_back({{number, leaf.index.request_id.empty() ? 0 : leaf.index.time_us}, leaf.leaf.bytes});
  }
  std::vector<bool> added;
  RETURN_IF_ERROR(tables_.InsertLeaves(rows, &added));
  RETURN_IF_ERROR(records_.Expect(leaves));
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (!added[i]) continue;
    const IndexedLeaf& leaf = leaves[i];
    log_.Add(rows[i].place.number, leaf.leaf.id, leaf.leaf.bytes);
    if (leaf.index.request_id.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t root, LeafNumber(leaf.index.root_spool, leaf.index.root_sequence));
    RETURN_IF_ERROR(records_.Add(root, rows[i].place.number, leaf.index));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> StoreWriter::LeafNumber(std::string_view spool, uint64_t sequence) {
  if (sequence == 0 || sequence > kMaxSequence) {
    return absl::InvalidArgumentError(base::StrCat("leaf sequence ", sequence, " is out of range"));
  }
  ASSIGN_OR_RETURN(const int64_t number, SpoolNumber(spool));
  return (number << kSequenceBits) + static_cast<int64_t>(sequence);
}

absl::StatusOr<int64_t> StoreWriter::SpoolNumber(std::string_view id) {
  if (const auto known = spools_.find(id); known != spools_.end()) return known->second;
  ASSIGN_OR_RETURN(int64_t number, find_spool_.Bind(1, id).RunForNumber());
  if (number == 0) {
    ASSIGN_OR_RETURN(number, insert_spool_.Bind(1, id).RunForNumber());
  }
  if (number >= kMaxSpools) {
    return absl::ResourceExhaustedError("the audit database has no room for more spools");
  }
  return spools_.emplace(id, number).first->second;
}

absl::StatusOr<uint64_t> StoreWriter::RemoveBefore(int64_t time_us, uint32_t limit) {
  uint64_t removed = 0;
  RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
    ASSIGN_OR_RETURN(removed, RemoveAll(time_us, limit));
    return absl::OkStatus();
  }));
  if (removed < limit) RETURN_IF_ERROR(tables_.Shrink());
  return removed;
}

absl::StatusOr<uint64_t> StoreWriter::RemoveAll(int64_t time_us, uint32_t limit) {
  std::vector<int64_t> rows;
  std::vector<LeafPlace> leaves;
  Query query;
  query.until_us = time_us;
  RETURN_IF_ERROR(RecordScan(database_, query, "leaves, time_us").RunRows([&](const Statement& row) {
    rows.push_back(row.Number(0));
    RETURN_IF_ERROR(ForEachNumber(row.View(1), [&](int64_t number) {
      leaves.push_back({number, row.Number(2)});
      return absl::OkStatus();
    }));
    return rows.size() < limit ? absl::OkStatus() : absl::CancelledError();
  }));
  RETURN_IF_ERROR(tables_.RemoveLeaves(leaves));
  for (const int64_t row : rows) RETURN_IF_ERROR(records_.Remove(row));
  RETURN_IF_ERROR(records_.Write());
  names_unused_ = names_unused_ || !rows.empty();
  if (rows.size() < limit && names_unused_) {  // otherwise there is more to come, or nothing went
    RETURN_IF_ERROR(records_.RemoveUnusedNames());
    names_unused_ = false;
  }
  return rows.size();
}

}  // namespace portcullis::audit::sql
