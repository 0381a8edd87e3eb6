// The tables of leaves and records in SQLite: statement by statement, which costs no more than many at once.
#pragma once

#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/tables.h"

namespace portcullis::audit::sqlite {

class SqliteWriteTables final : public sql::WriteTables {
 public:
  // `database` must outlive it.
  explicit SqliteWriteTables(sql::Database& database) : database_(database) {}

  absl::Status Prepare();

  absl::StatusOr<std::vector<int64_t>> NumberNames(std::span<const sql::Name> names) override;
  bool names_at_once() const override { return false; }
  absl::Status InsertLeaves(std::span<const sql::NewLeaf> leaves, std::vector<bool>* added) override;
  absl::StatusOr<std::vector<size_t>> FindInLogs(std::span<const int64_t> leaves) override;
  absl::Status RemoveLeaves(std::span<const sql::LeafPlace> leaves) override;
  absl::Status ExpectRecords(std::span<const int64_t>) override { return absl::OkStatus(); }
  absl::StatusOr<bool> InsertRecord(int64_t row, const sql::RecordRow& record) override;
  absl::StatusOr<std::optional<std::pair<int64_t, sql::RecordRow>>> FindRecord(int64_t root) override;
  absl::Status RemoveRecord(int64_t row) override { return remove_record_.Bind(1, row).Run(); }
  absl::Status FlushRecords() override { return absl::OkStatus(); }
  // Pages that are free are used again. What was removed goes from the write-ahead log, too, unless somebody
  // reads at this moment: then with a later checkpoint.
  absl::Status Shrink() override { return database_.Execute("PRAGMA wal_checkpoint(TRUNCATE)"); }
  void Forget() override {}

 private:
  sql::Database& database_;
  sql::Statement find_name_, insert_name_, insert_leaf_, remove_leaf_, insert_record_, find_record_,
      find_in_log_, remove_record_;
};

class SqliteReadTables final : public sql::ReadTables {
 public:
  // `database` must outlive it.
  explicit SqliteReadTables(sql::Database& database) : database_(database) {}

  absl::Status Prepare();

  size_t batch() const override { return 1; }
  absl::Status ReadLeaves(std::span<const sql::LeafPlace> leaves,
                          absl::FunctionRef<void(size_t, std::string_view)> use) override;
  absl::Status ReadRun(int64_t first, size_t count,
                       absl::FunctionRef<void(size_t, std::string_view)> use) override;

 private:
  absl::Status ReadLeaf(int64_t number, size_t place, absl::FunctionRef<void(size_t, std::string_view)> use);

  sql::Database& database_;
  sql::Statement leaf_;
};

}  // namespace portcullis::audit::sqlite
