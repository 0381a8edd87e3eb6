// The numbers of texts: each different text of a column is stored once. Not thread-safe; belongs to the
// store's writing connection.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/record_row.h"
#include "services/audit/adapters/store/sql/tables.h"

namespace portcullis::audit::sql {

class Names {
 public:
  // Both must outlive it.
  Names(Database& database, WriteTables& tables) : database_(database), tables_(tables) {}

  // Before the records of a batch, inside a transaction: learns the numbers of names that are not known, all
  // at once. Those that are "" need none.
  absl::Status Learn(std::vector<Name> names);

  // The number of a text in a column, 0 for ""; a new text gets one. Inside a transaction.
  absl::StatusOr<int64_t> Number(size_t column, std::string_view text);

  // Inside a transaction: removes the texts that no record has any more. Reads all records.
  absl::Status RemoveUnused();

  // The transaction was rolled back.
  void Forget();

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Known = std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>;

  Database& database_;
  WriteTables& tables_;
  std::array<Known, kNameColumns> known_;
  // The text asked for last: most often it is the next one, too.
  std::array<const Known::value_type*, kNameColumns> last_{};
};

}  // namespace portcullis::audit::sql
