// Finds the records that a query selects, in the order of their rows: by blocks as far as those are written,
// then row by row. Not thread-safe; within one transaction, so that blocks and records are of one moment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "services/audit/adapters/store/sql/blocks.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/record_conditions.h"
#include "services/audit/api/query.h"

namespace portcullis::audit::sql {

// The columns of one block, read when they are asked for. Valid during the call that it is given to.
class BlockReader {
 public:
  BlockReader(Statement& read, int64_t block) : read_(read), block_(block) {}

  int64_t block() const { return block_; }
  absl::StatusOr<const ColumnValues*> Column(size_t column);

 private:
  struct Loaded {
    std::string bytes;
    ColumnValues values;
  };

  Statement& read_;
  const int64_t block_;
  std::array<std::optional<Loaded>, kBlockColumns> loaded_;
};

class RecordScan {
 public:
  // What is found: a row of the table, or places in a block. CANCELLED from either ends the scan without an
  // error.
  using UseRow = absl::FunctionRef<absl::Status(const Statement&)>;
  using UseBlock = absl::FunctionRef<absl::Status(BlockReader&, const Places&)>;

  // Rows have their number as column 0, then these `columns`. Both must outlive the scan.
  RecordScan(Database& database, const Query& query, std::string columns)
      : database_(database), query_(query), columns_(std::move(columns)) {}

  // INVALID_ARGUMENT: the text stands in too many different reasons.
  absl::Status Run(UseBlock use_block, UseRow use_row);

  // The same with the rows of blocks read from the table, in their order.
  absl::Status RunRows(UseRow use);

 private:
  absl::Status PrepareTail();
  absl::Status PrepareBlocks();

  template <typename Use>
  absl::Status StepAll(Statement& statement, int64_t first, int64_t last, int64_t at_once, Use&& use);
  absl::Status ScanTail(int64_t first, int64_t last, UseRow use);
  absl::Status ScanBlocks(int64_t first, int64_t last, UseBlock use);
  bool MayHold(std::string_view names) const;
  absl::Status Match(BlockReader& block, Places* places) const;
  absl::Status MatchOneOf(const NamesOf& one_of, BlockReader& block, Places* places) const;

  Database& database_;
  const Query& query_;
  const std::string columns_;
  RecordConditions conditions_;
  Statement tail_, blocks_, read_column_;
};

}  // namespace portcullis::audit::sql
