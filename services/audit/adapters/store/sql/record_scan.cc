#include "services/audit/adapters/store/sql/record_scan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kMaxTexts = 1000;
constexpr int64_t kTailRowsAtOnce = 2048;
constexpr int64_t kBlocksAtOnce = 512;
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int64_t NanoUsd(double usd) { return std::llround(usd * 1e9); }

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
  RETURN_IF_ERROR(FindNames());
  RETURN_IF_ERROR(FindTexts());
  if (nothing_) return absl::OkStatus();
  AddBounds();
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

absl::Status RecordScan::FindNames() {
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    const std::string& wanted = query_.*kDimensions[i].query;
    if (wanted.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t name, NameOf(i, wanted));
    if (name == 0) nothing_ = true;
    conditions_ += base::StrCat(" AND name_", kDimensions[i].name, " = ", name);
    one_of_.push_back({{{i, {name}}}, {Bloom::Key(i, name)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> RecordScan::NameOf(size_t column, std::string_view text) {
  ASSIGN_OR_RETURN(Statement find, database_.Prepare("SELECT id FROM names WHERE kind = ? AND text = ?"));
  return find.Bind(1, static_cast<int64_t>(column)).Bind(2, text).RunForNumber();
}

absl::Status RecordScan::FindTexts() {
  if (query_.text.empty()) return absl::OkStatus();
  OneOf one_of;
  std::string condition;
  for (const size_t column : {kReasonName, kFindingsName}) {
    ASSIGN_OR_RETURN(std::vector<int64_t> names, NamesWith(column, query_.text));
    if (names.empty()) continue;
    std::string numbers;
    for (const int64_t name : names) {
      one_of.keys.push_back(Bloom::Key(column, name));
      numbers += base::StrCat(numbers.empty() ? "" : ",", name);
    }
    condition +=
        base::StrCat(condition.empty() ? "" : " OR ", "name_", NameColumn(column), " IN (", numbers, ")");
    one_of.names.emplace_back(column, std::move(names));
  }
  if (one_of.keys.size() > kMaxTexts) {
    return absl::InvalidArgumentError(base::StrCat("text: '", query_.text, "' stands in more than ",
                                                   kMaxTexts, " different reasons; give more of it"));
  }
  nothing_ = nothing_ || one_of.keys.empty();
  conditions_ += " AND (" + condition + ")";
  one_of_.push_back(std::move(one_of));
  return absl::OkStatus();
}

// The names of a column that a text is part of, in order.
absl::StatusOr<std::vector<int64_t>> RecordScan::NamesWith(size_t column, std::string_view text) {
  ASSIGN_OR_RETURN(Statement all, database_.Prepare("SELECT id, text FROM names WHERE kind = ?"));
  all.Bind(1, static_cast<int64_t>(column));
  std::vector<int64_t> names;
  const auto same = [](char a, char b) { return Lower(a) == Lower(b); };
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, all.Step());
    if (!row) break;
    const std::string_view name = all.View(1);
    if (std::search(name.begin(), name.end(), text.begin(), text.end(), same) != name.end()) {
      names.push_back(all.Number(0));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void RecordScan::AddBounds() {
  const auto add = [this](const char* name, size_t column, int64_t least, int64_t most) {
    conditions_ += base::StrCat(" AND ", name, " BETWEEN ", least, " AND ", most);
    between_.push_back({column, {least, most}});
  };
  if (query_.since_us != 0 || query_.until_us != 0) {
    // Without since: records of times before 1970 too, as the query does not speak of them.
    const int64_t least = query_.since_us != 0 ? query_.since_us : -kMax;
    add("time_us", kTimeColumn, least, query_.until_us != 0 ? query_.until_us - 1 : kMax);
  }
  if (query_.min_cost_usd || query_.max_cost_usd) {
    add("cost_nano_usd", kCostColumn, NanoUsd(query_.min_cost_usd.value_or(0)),
        query_.max_cost_usd ? NanoUsd(*query_.max_cost_usd) : kMax);
  }
}

absl::Status RecordScan::PrepareTail() {
  const char* order = query_.newest_first ? " ORDER BY row DESC LIMIT ?3" : " ORDER BY row LIMIT ?3";
  const bool by_request = !query_.request_id.empty();
  ASSIGN_OR_RETURN(
      tail_, database_.Prepare(base::StrCat(
                 "SELECT row, ", columns_, " FROM records ",
                 by_request ? database_.by_request_hint() : database_.by_row_hint(), " WHERE ",
                 by_request ? "request_id = ?4 AND " : "", "row BETWEEN ?1 AND ?2", conditions_, order)));
  if (by_request) tail_.Bind(4, query_.request_id);
  return absl::OkStatus();
}

absl::Status RecordScan::PrepareBlocks() {
  std::string sql = base::StrCat("SELECT block, live", one_of_.empty() ? "" : ", names",
                                 " FROM blocks WHERE block BETWEEN ?1 AND ?2");
  for (const auto& [column, bounds] : between_) {
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
    if (!one_of_.empty() && !MayHold(blocks_.View(2))) return absl::OkStatus();
    BlockReader block(read_column_, blocks_.Number(0));
    Places places = ToPlaces(blocks_.View(1));
    KeepRows(block.block(), first, last, &places);
    RETURN_IF_ERROR(Match(block, &places));
    return None(places) ? absl::OkStatus() : use(block, places);
  });
}

bool RecordScan::MayHold(std::string_view names) const {
  return std::all_of(one_of_.begin(), one_of_.end(), [names](const OneOf& one_of) {
    return std::any_of(one_of.keys.begin(), one_of.keys.end(),
                       [names](uint64_t key) { return Bloom::MayHold(names, key); });
  });
}

absl::Status RecordScan::Match(BlockReader& block, Places* places) const {
  for (const auto& [column, bounds] : between_) {
    if (None(*places)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const ColumnValues* values, block.Column(column));
    values->KeepBetween(bounds.first, bounds.second, places);
  }
  for (const OneOf& one_of : one_of_) {
    if (None(*places)) return absl::OkStatus();
    RETURN_IF_ERROR(MatchOneOf(one_of, block, places));
  }
  return absl::OkStatus();
}

absl::Status RecordScan::MatchOneOf(const OneOf& one_of, BlockReader& block, Places* places) const {
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
