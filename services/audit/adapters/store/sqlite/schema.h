// Tables of the audit database, and the steps from older versions to the present one.
//
//   spools   a number for each spool id, so that a leaf's place fits one integer; removed_to = the greatest
//            sequence whose leaf was removed, 0 = none was
//   holds    legal holds (services/audit/domain/hold.h)
//   subjects, contents  captured content and its keys (sql/content_table.h)
//   leaves   leaf = spool number * 2^40 + sequence; bytes as they were appended
//   records  one per logical record: root = leaf of its root; row = grows with each change; what queries ask
//   for,
//            texts by their number; leaves = its leaves by arrival, separated by spaces (sql/record_row.h)
//   names    texts by number; kind = the column that they are of
//   blocks   what lets queries pass over 1,024 rows at a time (sql/blocks.h)
//   columns  these rows once more, by column (sql/blocks.h)
//   old_records  the records of schema 2, until the store has indexed them anew
//   log      the id of the log, random
//   runs     leaves by their place in the tree: `count` leaves with numbers from `leaf` on stand there from
//            `position` on. Rows stay when retention removes leaves
//   tiles    hashes of the tree (services/audit/domain/tile_tree.h)
//   heads    signed heads (services/audit/domain/log_head.h)
//   tree     size = leaves in the tree
//   meta     next_row; names_unused = 1: records were removed, and the names that only they had were not
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/audit/adapters/store/sql/database.h"

namespace portcullis::audit::sqlite {

// Brings the database to the present version; `path` is for messages. FAILED_PRECONDITION if the file is of
// another application or of a newer version.
absl::Status Migrate(sql::Database& database, const std::string& path);

// The same check without changes, for readers.
absl::Status CheckVersion(sql::Database& database, const std::string& path);

}  // namespace portcullis::audit::sqlite
