#include "services/audit/adapters/store/sqlite/old_schema.h"

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/leaf_numbers.h"

namespace portcullis::audit::sqlite {
namespace {

// A database of schema 1 has leaves and no tree: they become its first leaves, by spool and sequence.
absl::Status AddOldLeaves(sql::Database& database, sql::StoreWriter& writer) {
  return writer.InTransaction([&]() -> absl::Status {
    ASSIGN_OR_RETURN(sql::Statement old,
                     database.Prepare("SELECT leaf, id, bytes FROM leaves "
                                      "JOIN spools ON number = leaf >> 40 ORDER BY leaf"));
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, old.Step());
      if (!row) return writer.log().Write();
      writer.log().Add(old.Number(0), {old.Bytes(1), sql::SequenceOf(old.Number(0))}, old.Bytes(2));
    }
  });
}

// Adds the leaves of one old record to the index.
absl::Status IndexLeaves(std::string_view leaves, const IndexLeaf& index_leaf, sql::Statement& find,
                         sql::StoreWriter& writer) {
  return sql::ForEachNumber(leaves, [&](int64_t number) -> absl::Status {
    const absl::StatusOr<bool> row = find.Bind(1, number).Step();
    Leaf leaf;
    if (row.ok() && *row) leaf = {{find.Bytes(0), sql::SequenceOf(number)}, find.Bytes(1)};
    find.Reset();
    RETURN_IF_ERROR(row.status());
    const absl::StatusOr<LeafIndex> index = index_leaf(leaf);
    if (!index.ok()) return absl::OkStatus();  // unreadable, as when it was appended
    ASSIGN_OR_RETURN(const int64_t root, writer.LeafNumber(index->root_spool, index->root_sequence));
    return writer.records().Add(root, number, *index);
  });
}

absl::Status IndexRecords(sql::Database& database, const IndexLeaf& index, sql::StoreWriter& writer) {
  ASSIGN_OR_RETURN(sql::Statement rows, database.Prepare("SELECT leaves FROM old_records ORDER BY row"));
  ASSIGN_OR_RETURN(sql::Statement find, database.Prepare("SELECT id, bytes FROM leaves JOIN spools "
                                                         "ON number = leaf >> 40 WHERE leaf = ?"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    RETURN_IF_ERROR(IndexLeaves(rows.Bytes(0), index, find, writer));
    RETURN_IF_ERROR(writer.records().Write());
  }
}

}  // namespace

absl::Status CompleteOldSchema(sql::Database& database, const std::string& path, const IndexLeaf& index,
                               sql::StoreWriter& writer) {
  if (writer.log().size() == 0) RETURN_IF_ERROR(AddOldLeaves(database, writer));
  ASSIGN_OR_RETURN(const int64_t old,
                   database.QueryNumber("SELECT count(*) FROM sqlite_schema WHERE name = 'old_records'"));
  if (old == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t any,
                   database.QueryNumber("SELECT count(*) FROM (SELECT 1 FROM old_records LIMIT 1)"));
  if (any != 0 && !index) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", path,
                     ": of an older version; start the audit service once to bring it up to date"));
  }
  return writer.InTransaction([&]() -> absl::Status {
    RETURN_IF_ERROR(IndexRecords(database, index, writer));
    return database.Execute("DROP TABLE old_records");
  });
}

}  // namespace portcullis::audit::sqlite
