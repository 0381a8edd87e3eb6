// The tables of leaves and records in PostgreSQL: many rows at a time. Leaves lie in a partition by the day
// of their record (UTC, days since 1970); those of no record, or of no time that makes sense, in that of day
// 0.
#pragma once

#include <set>
#include <unordered_map>

#include "services/audit/adapters/store/postgresql/pg_database.h"
#include "services/audit/adapters/store/sql/tables.h"

namespace portcullis::audit::postgresql {

class PgWriteTables final : public sql::WriteTables {
 public:
  // `database` must outlive it.
  explicit PgWriteTables(PgDatabase& database) : database_(database) {}

  absl::StatusOr<std::vector<int64_t>> NumberNames(std::span<const sql::Name> names) override;
  bool names_at_once() const override { return true; }
  absl::Status InsertLeaves(std::span<const sql::NewLeaf> leaves, std::vector<bool>* added) override;
  absl::StatusOr<std::vector<size_t>> FindInLogs(std::span<const int64_t> leaves) override;
  absl::Status RemoveLeaves(std::span<const sql::LeafPlace> leaves) override;
  absl::Status ExpectRecords(std::span<const int64_t> roots) override;
  absl::StatusOr<bool> InsertRecord(int64_t row, const sql::RecordRow& record) override;
  absl::StatusOr<std::optional<std::pair<int64_t, sql::RecordRow>>> FindRecord(int64_t root) override;
  absl::Status RemoveRecord(int64_t row) override;
  absl::Status FlushRecords() override;
  absl::Status Shrink() override;
  void Forget() override;

 private:
  struct Stored {
    int64_t row = 0;
    sql::RecordRow record;
    bool taken = false;
  };

  absl::StatusOr<bool> CopyLeaves(std::span<const sql::NewLeaf> leaves);
  absl::Status MakePartitions(std::span<const sql::NewLeaf> leaves);
  absl::Status DropIfEmpty(const std::string& partition);

  PgDatabase& database_;
  std::set<int64_t> days_;  // that have a partition
  std::unordered_map<int64_t, Stored> stored_;
  std::vector<int64_t> removed_rows_;
  CopyBuffer new_records_;
};

class PgReadTables final : public sql::ReadTables {
 public:
  // `database` must outlive it.
  explicit PgReadTables(PgDatabase& database) : database_(database) {}

  size_t batch() const override { return 256; }
  absl::Status ReadLeaves(std::span<const sql::LeafPlace> leaves,
                          absl::FunctionRef<void(size_t, std::string_view)> use) override;
  absl::Status ReadRun(int64_t first, size_t count,
                       absl::FunctionRef<void(size_t, std::string_view)> use) override;

 private:
  PgDatabase& database_;
};

}  // namespace portcullis::audit::postgresql
