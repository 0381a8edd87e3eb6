// The numbers of texts: each different text of a column is stored once. Not thread-safe; belongs to the
// store's writing connection.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/record_row.h"

namespace portcullis::audit::sql {

class Names {
 public:
  // `database` must outlive it.
  explicit Names(Database& database) : database_(database) {}

  absl::Status Prepare();

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

  absl::StatusOr<int64_t> Find(size_t column, std::string_view text);

  Database& database_;
  Statement find_, insert_;
  std::array<Known, kNameColumns> known_;
  // The text asked for last: most often it is the next one, too.
  std::array<const Known::value_type*, kNameColumns> last_{};
};

}  // namespace portcullis::audit::sql
