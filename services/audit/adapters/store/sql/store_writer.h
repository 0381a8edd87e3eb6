// The writing half of a store: appends, retention and heads over one connection. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/log_writer.h"
#include "services/audit/adapters/store/sql/record_writer.h"
#include "services/audit/adapters/store/sql/tables.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sql {

class StoreWriter {
 public:
  // Both must outlive it.
  StoreWriter(Database& database, WriteTables& tables)
      : database_(database), tables_(tables), log_(database), records_(database, tables) {}

  absl::Status Prepare();

  // As the store's.
  absl::Status Append(std::span<const IndexedLeaf> leaves);
  absl::StatusOr<uint64_t> RemoveBefore(int64_t time_us, uint32_t limit);
  absl::Status AddHead(const LogHead& head) { return log_.AddHead(head); }

  // Runs `work` in a transaction of its own.
  absl::Status InTransaction(absl::FunctionRef<absl::Status()> work);

  // Inside a transaction: the number of a leaf. INVALID_ARGUMENT: the sequence is out of range.
  absl::StatusOr<int64_t> LeafNumber(std::string_view spool, uint64_t sequence);

  LogWriter& log() { return log_; }
  RecordWriter& records() { return records_; }

 private:
  absl::Status AppendAll(std::span<const IndexedLeaf> leaves);
  absl::StatusOr<int64_t> SpoolNumber(std::string_view id);
  absl::StatusOr<uint64_t> RemoveAll(int64_t time_us, uint32_t limit);

  Database& database_;
  WriteTables& tables_;
  LogWriter log_;
  RecordWriter records_;
  Statement insert_spool_, find_spool_;
  std::map<std::string, int64_t, std::less<>> spools_;  // committed numbers
  bool names_unused_ = false;  // records were removed, and the names that only they had were not
  bool broken_ = false;        // a rollback failed to read its state anew
};

}  // namespace portcullis::audit::sql
