// The writing half of a store: appends, retention and heads over one connection. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/content_table.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/log_writer.h"
#include "services/audit/adapters/store/sql/record_conditions.h"
#include "services/audit/adapters/store/sql/record_writer.h"
#include "services/audit/adapters/store/sql/tables.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sql {

class StoreWriter {
 public:
  // Both must outlive it.
  StoreWriter(Database& database, WriteTables& tables)
      : database_(database),
        tables_(tables),
        log_(database),
        records_(database, tables),
        contents_(database) {}

  absl::Status Prepare();

  // As the store's.
  absl::Status Append(std::span<const IndexedLeaf> leaves);
  absl::StatusOr<Removed> Remove(const Removal& removal);
  absl::Status AddHold(const Hold& hold);
  absl::StatusOr<bool> ReleaseHold(const std::string& id);
  absl::Status AddHead(const LogHead& head) { return log_.AddHead(head); }

  // Runs `work` in a transaction of its own.
  absl::Status InTransaction(absl::FunctionRef<absl::Status()> work);

  // Inside a transaction: the number of a leaf. INVALID_ARGUMENT: the sequence is out of range.
  absl::StatusOr<int64_t> LeafNumber(std::string_view spool, uint64_t sequence);

  LogWriter& log() { return log_; }
  RecordWriter& records() { return records_; }

 private:
  struct Spool {
    int64_t number = 0;
    uint64_t removed_to = 0;  // the greatest sequence that was removed; 0 = none was
  };
  // What one step of a removal found.
  struct Expired {
    std::vector<int64_t> rows;
    std::vector<LeafPlace> leaves;
    std::vector<size_t> ends;  // of the rows' leaves among these
  };

  absl::Status AppendAll(std::span<const IndexedLeaf> leaves);
  absl::StatusOr<std::vector<bool>> FindTaken(std::span<const IndexedLeaf> leaves);
  absl::StatusOr<Spool> FindSpool(std::string_view id);
  absl::StatusOr<std::vector<RecordConditions>> Resolve(const std::vector<Query>& queries);
  absl::StatusOr<Expired> FindExpired(const Removal& removal, Removed* removed);
  absl::Status RemoveAll(const Expired& expired);
  absl::Status RemoveContents(const Expired& expired, Removed* removed);
  absl::Status RemoveUnusedNames();
  absl::Status NoteRemoved(const std::vector<LeafPlace>& leaves);

  Database& database_;
  WriteTables& tables_;
  LogWriter log_;
  RecordWriter records_;
  ContentWriter contents_;
  Statement insert_spool_, find_spool_, note_removed_;
  std::map<std::string, Spool, std::less<>> spools_;  // as they were committed
  bool broken_ = false;                               // a rollback failed to read its state anew
};

}  // namespace portcullis::audit::sql
