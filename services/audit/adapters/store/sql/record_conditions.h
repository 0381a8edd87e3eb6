// What a query asks of a record, with names by their numbers. What it says holds within the transaction that
// it was resolved in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/record_row.h"
#include "services/audit/api/query.h"

namespace portcullis::audit::sql {

// Records with one of these names in one of these columns.
struct NamesOf {
  std::vector<std::pair<size_t, std::vector<int64_t>>> names;  // by column, in order
  std::vector<uint64_t> keys;                                  // of Bloom (blocks.h)
};

// The names of a column that begin with `prefix`, in order; none for "".
absl::StatusOr<std::vector<int64_t>> NamesBeginning(Database& database, size_t column,
                                                    std::string_view prefix);

class RecordConditions {
 public:
  // A column of blocks.h, the least and the most that it may be.
  using Bounds = std::pair<size_t, std::pair<int64_t, int64_t>>;

  static absl::StatusOr<RecordConditions> Resolve(Database& database, const Query& query);

  // Whether the query selects the record; its paging does not count.
  bool Match(const RecordRow& record) const;

  bool nothing() const { return nothing_; }  // no record has a name that is asked for
  const std::vector<NamesOf>& one_of() const { return one_of_; }
  const std::vector<Bounds>& between() const { return between_; }

  // All but the request id, as " AND ..." of the table of records.
  const std::string& sql() const { return sql_; }

 private:
  absl::Status FindNames(Database& database, const Query& query);
  absl::Status FindTexts(Database& database, const std::string& text);
  void AddBounds(const Query& query);

  std::string request_id_;
  std::vector<NamesOf> one_of_;
  std::vector<Bounds> between_;
  std::string sql_;
  bool nothing_ = false;
};

}  // namespace portcullis::audit::sql
