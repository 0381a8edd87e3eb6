#include "services/audit/adapters/store/sql/store_writer.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/hold_table.h"
#include "services/audit/adapters/store/sql/leaf_numbers.h"
#include "services/audit/adapters/store/sql/record_scan.h"

namespace portcullis::audit::sql {

absl::Status StoreWriter::Prepare() {
  ASSIGN_OR_RETURN(insert_spool_, database_.Prepare("INSERT INTO spools(id) VALUES(?) RETURNING number"));
  ASSIGN_OR_RETURN(find_spool_, database_.Prepare("SELECT number, removed_to FROM spools WHERE id = ?"));
  ASSIGN_OR_RETURN(note_removed_, database_.Prepare("UPDATE spools SET removed_to = ?2 WHERE number = ?1 "
                                                    "AND removed_to < ?2"));
  RETURN_IF_ERROR(records_.Prepare());
  RETURN_IF_ERROR(contents_.Prepare());
  return log_.Prepare();
}

absl::Status StoreWriter::InTransaction(absl::FunctionRef<absl::Status()> work) {
  ASSIGN_OR_RETURN(const bool stale, database_.BeginWrite());
  absl::Status status;
  if (stale || broken_) {
    spools_.clear();
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
  ASSIGN_OR_RETURN(const std::vector<bool> taken, FindTaken(leaves));
  std::vector<NewLeaf> rows;
  std::vector<const IndexedLeaf*> wanted;  // of the rows
  rows.reserve(leaves.size());
  wanted.reserve(leaves.size());
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (taken[i]) continue;
    const IndexedLeaf& leaf = leaves[i];
    ASSIGN_OR_RETURN(const int64_t number, LeafNumber(leaf.leaf.id.spool, leaf.leaf.id.sequence));
    rows.push_back({{number, leaf.index.request_id.empty() ? 0 : leaf.index.time_us}, leaf.leaf.bytes});
    wanted.push_back(&leaf);
  }
  std::vector<bool> added;
  RETURN_IF_ERROR(tables_.InsertLeaves(rows, &added));
  RETURN_IF_ERROR(records_.Expect(wanted));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!added[i]) continue;
    const IndexedLeaf& leaf = *wanted[i];
    log_.Add(rows[i].place.number, leaf.leaf.id, leaf.leaf.bytes);
    if (leaf.index.request_id.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t root, LeafNumber(leaf.index.root_spool, leaf.index.root_sequence));
    RETURN_IF_ERROR(records_.Add(root, rows[i].place.number, leaf.index));
    if (!leaf.leaf.content.empty()) RETURN_IF_ERROR(contents_.Add(rows[i].place.number, leaf.leaf.content));
  }
  return absl::OkStatus();
}

// Says of each leaf whether a log has it. Leaves of a spool come in order, so that only one that is sent
// again stands before those that were removed; the others are not looked for.
absl::StatusOr<std::vector<bool>> StoreWriter::FindTaken(std::span<const IndexedLeaf> leaves) {
  std::vector<bool> taken(leaves.size(), false);
  std::vector<int64_t> numbers;
  std::vector<size_t> places;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const LeafId& id = leaves[i].leaf.id;
    ASSIGN_OR_RETURN(const Spool spool, FindSpool(id.spool));
    if (id.sequence > spool.removed_to) continue;
    ASSIGN_OR_RETURN(const int64_t number, LeafNumber(id.spool, id.sequence));
    numbers.push_back(number);
    places.push_back(i);
  }
  if (numbers.empty()) return taken;
  ASSIGN_OR_RETURN(const std::vector<size_t> found, tables_.FindInLogs(numbers));
  for (const size_t place : found) taken[places[place]] = true;
  return taken;
}

absl::StatusOr<int64_t> StoreWriter::LeafNumber(std::string_view spool, uint64_t sequence) {
  if (sequence == 0 || sequence > kMaxSequence) {
    return absl::InvalidArgumentError(base::StrCat("leaf sequence ", sequence, " is out of range"));
  }
  ASSIGN_OR_RETURN(const Spool found, FindSpool(spool));
  return (found.number << kSequenceBits) + static_cast<int64_t>(sequence);
}

absl::StatusOr<StoreWriter::Spool> StoreWriter::FindSpool(std::string_view id) {
  if (const auto known = spools_.find(id); known != spools_.end()) return known->second;
  Spool spool;
  const absl::StatusOr<bool> found = find_spool_.Bind(1, id).Step();
  if (found.ok() && *found) {
    spool = {find_spool_.Number(0), static_cast<uint64_t>(find_spool_.Number(1))};
  }
  find_spool_.Reset();
  RETURN_IF_ERROR(found.status());
  if (spool.number == 0) {
    ASSIGN_OR_RETURN(spool.number, insert_spool_.Bind(1, id).RunForNumber());
  }
  if (spool.number >= kMaxSpools) {
    return absl::ResourceExhaustedError("the audit database has no room for more spools");
  }
  return spools_.emplace(id, spool).first->second;
}

absl::StatusOr<Removed> StoreWriter::Remove(const Removal& removal) {
  Removed removed;
  RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
    removed = {};
    if (removal.only_content) {
      ASSIGN_OR_RETURN(const bool any, contents_.Any());
      if (!any) return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Expired expired, FindExpired(removal, &removed));
    RETURN_IF_ERROR(RemoveContents(expired, &removed));
    if (removal.only_content) return absl::OkStatus();
    removed.records = expired.rows.size();
    RETURN_IF_ERROR(RemoveAll(expired));
    return removed.after == 0 ? RemoveUnusedNames() : absl::OkStatus();
  }));
  if (removed.after == 0) RETURN_IF_ERROR(tables_.Shrink());
  return removed;
}

absl::StatusOr<StoreWriter::Expired> StoreWriter::FindExpired(const Removal& removal, Removed* removed) {
  std::vector<Query> holds;
  ASSIGN_OR_RETURN(std::vector<Hold> all, ReadHolds(database_));
  for (Hold& hold : all) holds.push_back(std::move(hold.query));
  ASSIGN_OR_RETURN(const std::vector<RecordConditions> held, Resolve(holds));
  ASSIGN_OR_RETURN(const std::vector<RecordConditions> kept, Resolve(removal.keep));
  ASSIGN_OR_RETURN(const std::vector<int64_t> reasons,
                   NamesBeginning(database_, kReasonName, removal.keep_reason));
  const auto among = [](const std::vector<RecordConditions>& any, const RecordRow& record) {
    return std::any_of(any.begin(), any.end(),
                       [&](const RecordConditions& one) { return one.Match(record); });
  };
  Expired expired;
  uint32_t seen = 0;
  RETURN_IF_ERROR(RecordScan(database_, removal.query, RecordValues()).RunRows([&](const Statement& row) {
    const RecordRow record = ReadRecord(row);
    removed->after = static_cast<uint64_t>(row.Number(0));
    if (among(held, record)) {
      ++removed->held;
    } else if (!among(kept, record) &&
               !std::binary_search(reasons.begin(), reasons.end(), record.names[kReasonName])) {
      expired.rows.push_back(row.Number(0));
      RETURN_IF_ERROR(ForEachNumber(record.leaves, [&](int64_t number) {
        expired.leaves.push_back({number, record.time_us});
        return absl::OkStatus();
      }));
      expired.ends.push_back(expired.leaves.size());
    }
    return ++seen < removal.query.limit ? absl::OkStatus() : absl::CancelledError();
  }));
  if (seen < removal.query.limit) removed->after = 0;
  return expired;
}

// Counts the records that had any as removed.
absl::Status StoreWriter::RemoveContents(const Expired& expired, Removed* removed) {
  ASSIGN_OR_RETURN(const bool any, contents_.Any());
  if (!any) return absl::OkStatus();
  size_t leaf = 0;
  for (const size_t end : expired.ends) {
    const uint64_t before = removed->contents;
    for (; leaf < end; ++leaf)
      RETURN_IF_ERROR(contents_.Remove(expired.leaves[leaf].number, &removed->contents, &removed->keys));
    if (removed->contents > before) ++removed->records;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RecordConditions>> StoreWriter::Resolve(const std::vector<Query>& queries) {
  std::vector<RecordConditions> resolved;
  for (const Query& query : queries) {
    ASSIGN_OR_RETURN(RecordConditions conditions, RecordConditions::Resolve(database_, query));
    resolved.push_back(std::move(conditions));
  }
  return resolved;
}

absl::Status StoreWriter::RemoveAll(const Expired& expired) {
  if (expired.rows.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(tables_.RemoveLeaves(expired.leaves));
  RETURN_IF_ERROR(NoteRemoved(expired.leaves));
  for (const int64_t row : expired.rows) RETURN_IF_ERROR(records_.Remove(row));
  RETURN_IF_ERROR(database_.Execute("UPDATE meta SET value = 1 WHERE key = 'names_unused'"));
  return records_.Write();
}

// After the last step of a removal, or of one that was cut short.
absl::Status StoreWriter::RemoveUnusedNames() {
  ASSIGN_OR_RETURN(const int64_t unused,
                   database_.QueryNumber("SELECT value FROM meta WHERE key = 'names_unused'"));
  if (unused == 0) return absl::OkStatus();
  RETURN_IF_ERROR(records_.RemoveUnusedNames());
  return database_.Execute("UPDATE meta SET value = 0 WHERE key = 'names_unused'");
}

absl::Status StoreWriter::NoteRemoved(const std::vector<LeafPlace>& leaves) {
  std::map<int64_t, int64_t> removed_to;  // by spool
  for (const LeafPlace& leaf : leaves) {
    int64_t& last = removed_to[leaf.number >> kSequenceBits];
    last = std::max(last, static_cast<int64_t>(SequenceOf(leaf.number)));
  }
  for (const auto& [spool, last] : removed_to)
    RETURN_IF_ERROR(note_removed_.Bind(1, spool).Bind(2, last).Run());
  spools_.clear();
  return absl::OkStatus();
}

absl::Status StoreWriter::AddHold(const Hold& hold) {
  return InTransaction([&] { return InsertHold(hold, database_); });
}

absl::StatusOr<bool> StoreWriter::ReleaseHold(const std::string& id) {
  bool released = false;
  RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
    ASSIGN_OR_RETURN(released, DeleteHold(id, database_));
    return absl::OkStatus();
  }));
  return released;
}

}  // namespace portcullis::audit::sql
