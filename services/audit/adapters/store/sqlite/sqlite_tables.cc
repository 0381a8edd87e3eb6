#include "services/audit/adapters/store/sqlite/sqlite_tables.h"

#include "libs/base/status_macros.h"

namespace portcullis::audit::sqlite {

absl::Status SqliteWriteTables::Prepare() {
  const std::pair<sql::Statement*, std::string> statements[] = {
      {&find_name_, "SELECT id FROM names WHERE kind = ? AND text = ?"},
      {&insert_name_, "INSERT INTO names(kind, text) VALUES(?, ?) RETURNING id"},
      {&insert_leaf_, "INSERT OR IGNORE INTO leaves(leaf, bytes) VALUES(?, ?)"},
      {&find_in_log_,
       "SELECT count(*) FROM runs WHERE leaf = (SELECT max(leaf) FROM runs WHERE leaf <= ?1) "
       "AND ?1 < leaf + count"},
      {&remove_leaf_, "DELETE FROM leaves WHERE leaf = ?"},
      {&insert_record_, sql::InsertRecordSql()},
      {&find_record_, sql::SelectRecordSql()},
      {&remove_record_, "DELETE FROM records WHERE row = ?"},
  };
  for (const auto& [statement, text] : statements) {
    ASSIGN_OR_RETURN(*statement, database_.Prepare(text));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int64_t>> SqliteWriteTables::NumberNames(std::span<const sql::Name> names) {
  std::vector<int64_t> numbers;
  for (const sql::Name& name : names) {
    const int64_t kind = static_cast<int64_t>(name.column);
    ASSIGN_OR_RETURN(int64_t number, find_name_.Bind(1, kind).Bind(2, name.text).RunForNumber());
    if (number == 0) {
      ASSIGN_OR_RETURN(number, insert_name_.Bind(1, kind).Bind(2, name.text).RunForNumber());
    }
    numbers.push_back(number);
  }
  return numbers;
}

absl::Status SqliteWriteTables::InsertLeaves(std::span<const sql::NewLeaf> leaves, std::vector<bool>* added) {
  added->assign(leaves.size(), false);
  for (size_t i = 0; i < leaves.size(); ++i) {
    RETURN_IF_ERROR(insert_leaf_.Bind(1, leaves[i].place.number).BindBlob(2, leaves[i].bytes).Run());
    (*added)[i] = database_.changes() > 0;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<size_t>> SqliteWriteTables::FindInLogs(std::span<const int64_t> leaves) {
  std::vector<size_t> found;
  for (size_t i = 0; i < leaves.size(); ++i) {
    ASSIGN_OR_RETURN(const int64_t runs, find_in_log_.Bind(1, leaves[i]).RunForNumber());
    if (runs > 0) found.push_back(i);
  }
  return found;
}

absl::Status SqliteWriteTables::RemoveLeaves(std::span<const sql::LeafPlace> leaves) {
  for (const sql::LeafPlace& leaf : leaves) RETURN_IF_ERROR(remove_leaf_.Bind(1, leaf.number).Run());
  return absl::OkStatus();
}

absl::StatusOr<bool> SqliteWriteTables::InsertRecord(int64_t row, const sql::RecordRow& record) {
  BindRecord(record, row, insert_record_);
  RETURN_IF_ERROR(insert_record_.Run());
  return database_.changes() > 0;
}

absl::StatusOr<std::optional<std::pair<int64_t, sql::RecordRow>>> SqliteWriteTables::FindRecord(
    int64_t root) {
  const absl::StatusOr<bool> found = find_record_.Bind(1, root).Step();
  std::optional<std::pair<int64_t, sql::RecordRow>> record;
  if (found.ok() && *found) record.emplace(find_record_.Number(0), sql::ReadRecord(find_record_));
  find_record_.Reset();
  RETURN_IF_ERROR(found.status());
  return record;
}

absl::Status SqliteReadTables::Prepare() {
  ASSIGN_OR_RETURN(leaf_, database_.Prepare("SELECT bytes FROM leaves WHERE leaf = ?"));
  return absl::OkStatus();
}

absl::Status SqliteReadTables::ReadLeaves(std::span<const sql::LeafPlace> leaves,
                                          absl::FunctionRef<void(size_t, std::string_view)> use) {
  for (size_t i = 0; i < leaves.size(); ++i) RETURN_IF_ERROR(ReadLeaf(leaves[i].number, i, use));
  return absl::OkStatus();
}

absl::Status SqliteReadTables::ReadRun(int64_t first, size_t count,
                                       absl::FunctionRef<void(size_t, std::string_view)> use) {
  for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(ReadLeaf(first + static_cast<int64_t>(i), i, use));
  return absl::OkStatus();
}

absl::Status SqliteReadTables::ReadLeaf(int64_t number, size_t place,
                                        absl::FunctionRef<void(size_t, std::string_view)> use) {
  const absl::StatusOr<bool> row = leaf_.Bind(1, number).Step();
  if (row.ok() && *row) use(place, leaf_.View(0));
  leaf_.Reset();
  return row.status();
}

}  // namespace portcullis::audit::sqlite
