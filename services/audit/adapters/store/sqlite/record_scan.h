// Reads the rows of records that a query selects, in their order, passing over the blocks that hold none of
// them. Not thread-safe; within one transaction, so that blocks and records are of one moment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/api/query.h"

namespace portcullis::audit::sqlite {

class RecordScan {
 public:
  // Called with a row; CANCELLED ends the scan without an error.
  using Use = absl::FunctionRef<absl::Status(const Statement&)>;

  // `columns` are those that `use` sees, from 0 on. Both must outlive the scan.
  RecordScan(Database& database, const Query& query, std::string columns)
      : database_(database), query_(query), columns_(std::move(columns)) {}

  // INVALID_ARGUMENT: the text stands in too many different reasons.
  absl::Status Run(Use use);

 private:
  // Records with one of these names in one of these columns; each pair as a key of Bloom.
  using AnyOf = std::vector<uint64_t>;

  absl::Status FindNames();
  absl::Status FindTexts();
  absl::StatusOr<int64_t> NameOf(size_t column, std::string_view text);
  void AddCondition(const std::string& condition) { conditions_ += " AND " + condition; }
  absl::Status PrepareRows();
  absl::Status PrepareBlocks();

  absl::Status RunBlocks(int64_t first, int64_t last, Use use);
  absl::Status RunRows(int64_t first, int64_t last, Use use);
  absl::StatusOr<bool> MayHold(int64_t block);

  Database& database_;
  const Query& query_;
  const std::string columns_;
  std::string conditions_;
  std::vector<AnyOf> keys_;
  bool nothing_ = false;  // a name that no record has
  Statement rows_, blocks_, bloom_;
  int64_t run_first_ = 0, run_last_ = -1;  // blocks next to each other that are read together
};

}  // namespace portcullis::audit::sqlite
