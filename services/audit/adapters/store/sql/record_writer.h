// The index of records, written: what one transaction changes of it. A record whose leaves come in one batch
// is written once. Not thread-safe; belongs to the store's writing connection.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/blocks.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/names.h"
#include "services/audit/adapters/store/sql/record_row.h"
#include "services/audit/adapters/store/sql/tables.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit::sql {

class RecordWriter {
 public:
  // Both must outlive it.
  RecordWriter(Database& database, WriteTables& tables)
      : database_(database), tables_(tables), names_(database, tables), blocks_(database) {}

  absl::Status Prepare();

  // Inside a transaction: what leaves will be added.
  absl::Status Expect(std::span<const IndexedLeaf* const> leaves);

  // Inside a transaction: a leaf that is new, by its number, of the record with this root.
  absl::Status Add(int64_t root, int64_t leaf, const LeafIndex& index);

  // Inside a transaction: removes a record.
  absl::Status Remove(int64_t row);

  // Inside the same transaction, after the last of the two: writes the records of all leaves added.
  absl::Status Write();

  // Inside a transaction, after the last of many removals: what only removed records said, such as names of
  // users, goes too. Reads all records.
  absl::Status RemoveUnusedNames() { return names_.RemoveUnused(); }

  // The transaction was rolled back, or others wrote: what is remembered is read anew.
  absl::Status Forget();

 private:
  struct Change {
    RecordRow record;
    bool has_root = false;  // its root is among the leaves: hardly ever is there a row of it already
  };

  absl::Status WriteOne(Change& change);
  absl::Status LayOverStored(RecordRow* record);
  absl::Status LoadRow();

  Database& database_;
  WriteTables& tables_;
  Names names_;
  BlockWriter blocks_;
  Statement save_row_;
  int64_t next_row_ = 1;
  std::vector<Change> changes_;  // in the order of the records' first leaves
  std::unordered_map<int64_t, size_t> by_root_;
};

}  // namespace portcullis::audit::sql
