#include "services/audit/adapters/store/sql/store_reader.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/audit/adapters/store/sql/aggregate.h"
#include "services/audit/adapters/store/sql/content_table.h"
#include "services/audit/adapters/store/sql/hold_table.h"
#include "services/audit/adapters/store/sql/leaf_numbers.h"
#include "services/audit/adapters/store/sql/record_scan.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kMaxKnownSpools = 4096;

}  // namespace

absl::Status StoreReader::Prepare() {
  ASSIGN_OR_RETURN(spool_, database_.Prepare("SELECT id FROM spools WHERE number = ?"));
  ASSIGN_OR_RETURN(spool_number_, database_.Prepare("SELECT number FROM spools WHERE id = ?"));
  ASSIGN_OR_RETURN(content_, database_.Prepare(kSelectContent));
  return absl::OkStatus();
}

// One snapshot for the records and their leaves: neither may be removed in between.
absl::Status StoreReader::InSnapshot(absl::FunctionRef<absl::Status()> work) {
  RETURN_IF_ERROR(database_.BeginRead());
  absl::Status status = work();
  status.Update(database_.Execute("COMMIT"));
  return status;
}

absl::Status StoreReader::ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  return InSnapshot([&]() -> absl::Status {
    std::vector<Row> rows;
    bool ended = false;
    RETURN_IF_ERROR(RecordScan(database_, query, "root, leaves, time_us")
                        .RunRows([&](const Statement& row) -> absl::Status {
                          RETURN_IF_ERROR(AddRow(row, &rows));
                          if (rows.size() < std::min<size_t>(tables_.batch(), query.limit))
                            return absl::OkStatus();
                          const absl::Status status = UseRows(&rows, use);
                          ended = !status.ok();
                          return status;
                        }));
    const absl::Status status = ended ? absl::OkStatus() : UseRows(&rows, use);
    return absl::IsCancelled(status) ? absl::OkStatus() : status;
  });
}

// The record of a root, if it is there. Within a snapshot.
absl::StatusOr<std::vector<StoreReader::Row>> StoreReader::FindRows(const LeafId& root) {
  ASSIGN_OR_RETURN(Statement records,
                   database_.Prepare("SELECT row, root, leaves, time_us FROM records WHERE root = ?"));
  std::vector<Row> rows;
  ASSIGN_OR_RETURN(const int64_t spool, spool_number_.Bind(1, root.spool).RunForNumber());
  if (spool == 0) return rows;
  const absl::StatusOr<bool> row =
      records.Bind(1, (spool << kSequenceBits) + static_cast<int64_t>(root.sequence)).Step();
  if (row.ok() && *row) RETURN_IF_ERROR(AddRow(records, &rows));
  records.Reset();
  RETURN_IF_ERROR(row.status());
  return rows;
}

absl::StatusOr<std::vector<std::string>> StoreReader::Contents(const LeafId& root) {
  std::vector<std::string> contents;
  RETURN_IF_ERROR(InSnapshot([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Row> rows, FindRows(root));
    for (const Row& record : rows) {
      for (const LeafPlace& leaf : record.leaves) {
        const absl::StatusOr<bool> found = content_.Bind(1, leaf.number).Step();
        absl::StatusOr<std::string> content;
        if (found.ok() && *found) content = ReadContent(leaf.number, content_);
        content_.Reset();
        RETURN_IF_ERROR(found.status());
        RETURN_IF_ERROR(*found ? content.status() : absl::OkStatus());
        if (*found) contents.push_back(*std::move(content));
      }
    }
    return absl::OkStatus();
  }));
  return contents;
}

absl::StatusOr<std::vector<StoredLeaves>> StoreReader::FindRoot(const LeafId& root) {
  std::vector<StoredLeaves> found;
  RETURN_IF_ERROR(InSnapshot([&]() -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Row> rows, FindRows(root));
    return UseRows(&rows, [&](StoredLeaves record) {
      found.push_back(std::move(record));
      return absl::OkStatus();
    });
  }));
  return found;
}

absl::StatusOr<Stats> StoreReader::Aggregate(const StatsQuery& query) {
  absl::StatusOr<Stats> stats;
  RETURN_IF_ERROR(InSnapshot([&] {
    stats = sql::Aggregate(database_, query);
    return stats.status();
  }));
  return stats;
}

absl::StatusOr<std::vector<Hold>> StoreReader::Holds() { return ReadHolds(database_); }

absl::StatusOr<uint64_t> StoreReader::IndexOf(const LeafId& id) {
  ASSIGN_OR_RETURN(const int64_t spool, spool_number_.Bind(1, id.spool).RunForNumber());
  if (spool == 0 || id.sequence < 1 || id.sequence > kMaxSequence) {
    return absl::NotFoundError("the audit log has no such leaf");
  }
  return log_.IndexOf((spool << kSequenceBits) + static_cast<int64_t>(id.sequence));
}

absl::Status StoreReader::ForEachEntry(uint64_t begin, uint64_t end,
                                       absl::FunctionRef<absl::Status(const LogEntry&)> use) {
  return log_.ForEachEntry(
      begin, end, [this](int64_t number) { return ReadId(number); }, use);
}

absl::StatusOr<std::optional<LogHead>> StoreReader::LatestHead() {
  ASSIGN_OR_RETURN(std::vector<LogHead> heads, log_.Heads(true));
  if (heads.empty()) return std::nullopt;
  return std::move(heads.front());
}

absl::Status StoreReader::AddRow(const Statement& statement, std::vector<Row>* rows) {
  Row& row = rows->emplace_back(Row{static_cast<uint64_t>(statement.Number(0)), statement.Number(1), {}});
  const int64_t time_us = statement.Number(3);
  return ForEachNumber(statement.View(2), [&](int64_t number) {
    row.leaves.push_back({number, time_us});
    return absl::OkStatus();
  });
}

absl::Status StoreReader::UseRows(std::vector<Row>* rows, absl::FunctionRef<absl::Status(StoredLeaves)> use) {
  std::vector<LeafPlace> places;
  for (const Row& row : *rows) places.insert(places.end(), row.leaves.begin(), row.leaves.end());
  std::vector<std::string> bytes(places.size());
  std::vector<bool> there(places.size());
  RETURN_IF_ERROR(tables_.ReadLeaves(places, [&](size_t place, std::string_view leaf) {
    bytes[place] = leaf;
    there[place] = true;
  }));
  size_t place = 0;
  for (const Row& row : std::exchange(*rows, {})) {
    StoredLeaves record;
    record.row = row.row;
    ASSIGN_OR_RETURN(record.root, ReadId(row.root));
    for (size_t i = 0; i < row.leaves.size(); ++i, ++place) {
      if (there[place]) record.leaves.push_back(std::move(bytes[place]));
    }
    RETURN_IF_ERROR(use(std::move(record)));
  }
  return absl::OkStatus();
}

absl::StatusOr<LeafId> StoreReader::ReadId(int64_t number) {
  auto known = spools_.find(number >> kSequenceBits);
  if (known == spools_.end()) {
    ASSIGN_OR_RETURN(std::string id, spool_.Bind(1, number >> kSequenceBits).RunForBytes());
    if (spools_.size() >= kMaxKnownSpools) spools_.clear();
    known = spools_.emplace(number >> kSequenceBits, std::move(id)).first;
  }
  return LeafId{known->second, SequenceOf(number)};
}

}  // namespace portcullis::audit::sql
