#include "services/audit/adapters/store/sql/record_scan.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kMaxTexts = 1000;
constexpr int64_t kTailRowsAtOnce = 2048;
constexpr int64_t kBlocksAtOnce = 512;
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

// Rows between which the query's paging lets it look.
std::pair<int64_t, int64_t> Bounds(const Query& query) {
  if (query.after == 0) return {1, kMax};
  const int64_t after = static_cast<int64_t>(std::min<uint64_t>(query.after, kMax));
  if (query.newest_first) return {1, after - 1};
  return {after == kMax ? kMax : after + 1, kMax};
}

// Leaves the places of rows between `first` and `last`.
void KeepRows(int64_t block, int64_t first, int64_t last, Places* places) {
  if (FirstRow(block) >= first && FirstRow(block + 1) - 1 <= last) return;
  for (size_t place = 0; place < kBlockRows; ++place) {
    const int64_t row = FirstRow(block) + static_cast<int64_t>(place);
    if (row < first || row > last) ClearPlace(*places, place);
  }
}

// Calls `use` for each place, ascending or descending, while it answers OK.
template <typename Use>
absl::Status ForEachPlace(const Places& places, bool descending, Use&& use) {
  absl::Status status;
  for (size_t i = 0; i < places.size() && status.ok(); ++i) {
    const size_t word = descending ? places.size() - 1 - i : i;
    for (uint64_t left = places[word]; left != 0 && status.ok();) {
      const int bit = descending ? 63 - std::countl_zero(left) : std::countr_zero(left);
      left &= ~(uint64_t{1} << bit);
      status = use(word * 64 + static_cast<size_t>(bit));
    }
  }
  return status;
}

}  // namespace

absl::StatusOr<const ColumnValues*> BlockReader::Column(size_t column) {
  std::optional<Loaded>& loaded = loaded_[column];
  if (!loaded) {
    loaded.emplace();
    ASSIGN_OR_RETURN(loaded->bytes, read_.Bind(1, ColumnKey(block_, column)).RunForBytes());
    loaded->values = ColumnValues(loaded->bytes);
  }
  return &loaded->values;
}

absl::Status RecordScan::Run(UseBlock use_block, UseRow use_row) {
  ASSIGN_OR_RETURN(conditions_, RecordConditions::Resolve(database_, query_));
  if (conditions_.nothing()) return absl::OkStatus();
  for (const NamesOf& one_of : conditions_.one_of()) {
    if (one_of.keys.size() <= kMaxTexts) continue;
    return absl::InvalidArgumentError(base::StrCat("text: '", query_.text, "' stands in more than ",
                                                   kMaxTexts, " different reasons; give more of it"));
  }
  RETURN_IF_ERROR(PrepareTail());
  const auto [first, last] = Bounds(query_);
  absl::Status status;
  if (!query_.request_id.empty()) {
    status = ScanTail(first, last, use_row);
  } else {
    RETURN_IF_ERROR(PrepareBlocks());
    ASSIGN_OR_RETURN(const int64_t blocks,
                     database_.QueryNumber("SELECT coalesce(max(block) + 1, 0) FROM blocks"));
    const int64_t tail = std::max(first, FirstRow(blocks));
    if (query_.newest_first) {
      if (tail <= last) status = ScanTail(tail, last, use_row);
      if (status.ok()) status = ScanBlocks(first, last, use_block);
    } else {
      status = ScanBlocks(first, last, use_block);
      if (status.ok() && tail <= last) status = ScanTail(tail, last, use_row);
    }
  }
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

absl::Status RecordScan::RunRows(UseRow use) {
  ASSIGN_OR_RETURN(Statement fetch,
                   database_.Prepare(base::StrCat("SELECT row, ", columns_, " FROM records WHERE row = ?1")));
  return Run(
      [&](BlockReader& block, const Places& places) {
        return ForEachPlace(places, query_.newest_first, [&](size_t place) -> absl::Status {
          const absl::StatusOr<bool> row =
              fetch.Bind(1, FirstRow(block.block()) + static_cast<int64_t>(place)).Step();
          absl::Status status = row.status();
          if (row.ok() && *row) status = use(fetch);
          fetch.Reset();
          return status;
        });
      },
      use);
}

absl::Status RecordScan::PrepareTail() {
  const char* order = query_.newest_first ? " ORDER BY row DESC LIMIT ?3" : " ORDER BY row LIMIT ?3";
  const bool by_request = !query_.request_id.empty();
  ASSIGN_OR_RETURN(tail_, database_.Prepare(
                              base::StrCat("SELECT row, ", columns_, " FROM records ",
                                           by_request ? database_.by_request_hint() : database_.by_row_hint(),
                                           " WHERE ", by_request ? "request_id = ?4 AND " : "",
                                           "row BETWEEN ?1 AND ?2", conditions_.sql(), order)));
  if (by_request) tail_.Bind(4, query_.request_id);
  return absl::OkStatus();
}

absl::Status RecordScan::PrepareBlocks() {
  std::string sql = base::StrCat("SELECT block, live", conditions_.one_of().empty() ? "" : ", names",
                                 " FROM blocks WHERE block BETWEEN ?1 AND ?2");
  for (const auto& [column, bounds] : conditions_.between()) {
    sql += column == kTimeColumn
               ? base::StrCat(" AND max_time >= ", bounds.first, " AND min_time <= ", bounds.second)
               : base::StrCat(" AND max_cost >= ", bounds.first);
  }
  sql += query_.newest_first ? " ORDER BY block DESC LIMIT ?3" : " ORDER BY block LIMIT ?3";
  ASSIGN_OR_RETURN(blocks_, database_.Prepare(sql));
  ASSIGN_OR_RETURN(read_column_, database_.Prepare("SELECT bytes FROM columns WHERE key = ?"));
  return absl::OkStatus();
}

// Runs a statement whose first column is a number that goes from `first` to `last` or back, some rows at a
// time: some databases hand all rows of an answer over at once.
template <typename Use>
absl::Status RecordScan::StepAll(Statement& statement, int64_t first, int64_t last, int64_t at_once,
                                 Use&& use) {
  for (;;) {
    statement.Bind(1, first).Bind(2, last).Bind(3, at_once);
    int64_t rows = 0, number = 0;
    absl::Status status;
    while (status.ok()) {
      const absl::StatusOr<bool> row = statement.Step();
      status = row.status();
      if (!row.ok() || !*row) break;
      ++rows;
      number = statement.Number(0);
      status = use();
    }
    statement.Reset();
    if (!status.ok() || rows < at_once || number == (query_.newest_first ? first : last)) return status;
    (query_.newest_first ? last : first) = query_.newest_first ? number - 1 : number + 1;
  }
}

absl::Status RecordScan::ScanTail(int64_t first, int64_t last, UseRow use) {
  return StepAll(tail_, first, last, kTailRowsAtOnce, [&] { return use(tail_); });
}

absl::Status RecordScan::ScanBlocks(int64_t first, int64_t last, UseBlock use) {
  return StepAll(blocks_, BlockOf(first), BlockOf(last), kBlocksAtOnce, [&]() -> absl::Status {
    if (!conditions_.one_of().empty() && !MayHold(blocks_.View(2))) return absl::OkStatus();
    BlockReader block(read_column_, blocks_.Number(0));
    Places places = ToPlaces(blocks_.View(1));
    KeepRows(block.block(), first, last, &places);
    RETURN_IF_ERROR(Match(block, &places));
    return None(places) ? absl::OkStatus() : use(block, places);
  });
}

bool RecordScan::MayHold(std::string_view names) const {
  const std::vector<NamesOf>& all = conditions_.one_of();
  return std::all_of(all.begin(), all.end(), [names](const NamesOf& one_of) {
    return std::any_of(one_of.keys.begin(), one_of.keys.end(),
                       [names](uint64_t key) { return Bloom::MayHold(names, key); });
  });
}

absl::Status RecordScan::Match(BlockReader& block, Places* places) const {
  for (const auto& [column, bounds] : conditions_.between()) {
    if (None(*places)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ColumnValues* values, block.Column(column));
    values->KeepBetween(bounds.first, bounds.second, places);
  }
  for (const NamesOf& one_of : conditions_.one_of()) {
    if (None(*places)) return absl::OkStatus();
    RETURN_IF_ERROR(MatchOneOf(one_of, block, places));
  }
  return absl::OkStatus();
}

absl::Status RecordScan::MatchOneOf(const NamesOf& one_of, BlockReader& block, Places* places) const {
  Places any{};
  for (const auto& [column, names] : one_of.names) {
    ASSIGN_OR_RETURN(const ColumnValues* values, block.Column(column));
    Places of_column = *places;
    values->KeepAnyOf(names, &of_column);
    for (size_t i = 0; i < any.size(); ++i) any[i] |= of_column[i];
  }
  *places = any;
  return absl::OkStatus();
}

}  // namespace portcullis::audit::sql
