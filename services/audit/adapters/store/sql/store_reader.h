// The reading half of a store, over one connection. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/log_reader.h"
#include "services/audit/adapters/store/sql/tables.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sql {

class StoreReader {
 public:
  // Both must outlive it.
  StoreReader(Database& database, ReadTables& tables)
      : database_(database), tables_(tables), log_(database, tables) {}

  absl::Status Prepare();

  // As the store's.
  absl::Status ForEach(const Query& query, absl::FunctionRef<absl::Status(StoredLeaves)> use);
  absl::StatusOr<std::vector<StoredLeaves>> FindRoot(const LeafId& root);
  absl::StatusOr<std::vector<std::string>> Contents(const LeafId& root);
  absl::StatusOr<Stats> Aggregate(const StatsQuery& query);
  absl::StatusOr<std::vector<Hold>> Holds();
  absl::StatusOr<uint64_t> IndexOf(const LeafId& id);
  absl::Status ForEachEntry(uint64_t begin, uint64_t end,
                            absl::FunctionRef<absl::Status(const LogEntry&)> use);

  absl::StatusOr<std::optional<LogHead>> LatestHead();

  // To be prepared before it is used.
  LogReader& log() { return log_; }

 private:
  struct Row {
    uint64_t row;
    int64_t root;
    std::vector<LeafPlace> leaves;
  };

  absl::StatusOr<std::vector<Row>> FindRows(const LeafId& root);
  absl::Status InSnapshot(absl::FunctionRef<absl::Status()> work);
  absl::Status AddRow(const Statement& statement, std::vector<Row>* rows);
  absl::Status UseRows(std::vector<Row>* rows, absl::FunctionRef<absl::Status(StoredLeaves)> use);
  absl::StatusOr<LeafId> ReadId(int64_t number);

  Database& database_;
  ReadTables& tables_;
  LogReader log_;
  Statement spool_, spool_number_, content_;
  std::map<int64_t, std::string> spools_;  // by number
};

}  // namespace portcullis::audit::sql
