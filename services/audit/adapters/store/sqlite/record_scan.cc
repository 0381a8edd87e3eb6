#include "services/audit/adapters/store/sqlite/record_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sqlite/blocks.h"
#include "services/audit/adapters/store/sqlite/record_row.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int64_t kMaxRun = 16;  // blocks that are read together
constexpr size_t kMaxTexts = 1000;
constexpr int64_t kMaxRow = std::numeric_limits<int64_t>::max();

int64_t NanoUsd(double usd) { return std::llround(usd * 1e9); }

// Rows between which the query's paging lets it look.
std::pair<int64_t, int64_t> Bounds(const Query& query) {
  if (query.after == 0) return {1, kMaxRow};
  const int64_t after = static_cast<int64_t>(std::min<uint64_t>(query.after, kMaxRow));
  if (query.newest_first) return {1, after - 1};
  return {after == kMaxRow ? kMaxRow : after + 1, kMaxRow};
}

}  // namespace

absl::Status RecordScan::Run(Use use) {
  RETURN_IF_ERROR(FindNames());
  RETURN_IF_ERROR(FindTexts());
  if (nothing_) return absl::OkStatus();
  if (query_.since_us != 0) AddCondition(base::StrCat("time_us >= ", query_.since_us));
  if (query_.until_us != 0) AddCondition(base::StrCat("time_us < ", query_.until_us));
  if (query_.min_cost_usd || query_.max_cost_usd) {
    AddCondition(base::StrCat("cost_nano_usd >= ", NanoUsd(query_.min_cost_usd.value_or(0))));
  }
  if (query_.max_cost_usd) AddCondition(base::StrCat("cost_nano_usd <= ", NanoUsd(*query_.max_cost_usd)));
  RETURN_IF_ERROR(PrepareRows());
  const auto [first, last] = Bounds(query_);
  absl::Status status;
  if (!query_.request_id.empty()) {
    status = RunRows(first, last, use);
  } else {
    RETURN_IF_ERROR(PrepareBlocks());
    ASSIGN_OR_RETURN(const int64_t blocks,
                     database_.QueryNumber("SELECT coalesce(max(block) + 1, 0) FROM blocks"));
    const int64_t tail = std::max(first, FirstRow(blocks));
    if (query_.newest_first) {
      if (tail <= last) status = RunRows(tail, last, use);
      if (status.ok()) status = RunBlocks(first, last, use);
    } else {
      status = RunBlocks(first, last, use);
      if (status.ok() && tail <= last) status = RunRows(tail, last, use);
    }
  }
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

absl::Status RecordScan::FindNames() {
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    const std::string& wanted = query_.*kDimensions[i].query;
    if (wanted.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t name, NameOf(i, wanted));
    if (name == 0) nothing_ = true;
    AddCondition(base::StrCat("name_", kDimensions[i].name, " = ", name));
    keys_.push_back({Bloom::Key(i, name)});
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> RecordScan::NameOf(size_t column, std::string_view text) {
  ASSIGN_OR_RETURN(Statement find, database_.Prepare("SELECT id FROM names WHERE kind = ? AND text = ?"));
  ASSIGN_OR_RETURN(const bool row, find.Bind(1, static_cast<int64_t>(column)).Bind(2, text).Step());
  return row ? find.Number(0) : 0;
}

absl::Status RecordScan::FindTexts() {
  if (query_.text.empty()) return absl::OkStatus();
  AnyOf keys;
  std::string condition;
  for (const size_t column : {kReasonName, kFindingsName}) {
    ASSIGN_OR_RETURN(Statement find, database_.Prepare("SELECT id FROM names WHERE kind = ? AND "
                                                       "instr(lower(text), lower(?)) > 0"));
    find.Bind(1, static_cast<int64_t>(column)).Bind(2, query_.text);
    std::string numbers;
    for (;;) {
      ASSIGN_OR_RETURN(const bool row, find.Step());
      if (!row) break;
      if (keys.size() == kMaxTexts) {
        return absl::InvalidArgumentError(base::StrCat("text: '", query_.text, "' stands in more than ",
                                                       kMaxTexts, " different reasons; give more of it"));
      }
      keys.push_back(Bloom::Key(column, find.Number(0)));
      numbers += base::StrCat(numbers.empty() ? "" : ",", find.Number(0));
    }
    if (numbers.empty()) continue;
    condition +=
        base::StrCat(condition.empty() ? "" : " OR ", "name_", NameColumn(column), " IN (", numbers, ")");
  }
  if (keys.empty()) nothing_ = true;
  AddCondition("(" + condition + ")");
  keys_.push_back(std::move(keys));
  return absl::OkStatus();
}

absl::Status RecordScan::PrepareRows() {
  const char* order = query_.newest_first ? " ORDER BY row DESC" : " ORDER BY row";
  if (query_.request_id.empty()) {
    ASSIGN_OR_RETURN(rows_,
                     database_.Prepare(base::StrCat("SELECT ", columns_, " FROM records NOT INDEXED",
                                                    " WHERE row BETWEEN ?1 AND ?2", conditions_, order)));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(rows_, database_.Prepare(base::StrCat(
                              "SELECT ", columns_, " FROM records INDEXED BY records_by_request",
                              " WHERE request_id = ?3 AND row BETWEEN ?1 AND ?2", conditions_, order)));
  rows_.Bind(3, query_.request_id);
  return absl::OkStatus();
}

absl::Status RecordScan::PrepareBlocks() {
  std::string sql = "SELECT block FROM blocks WHERE block BETWEEN ?1 AND ?2";
  if (query_.since_us != 0) sql += base::StrCat(" AND max_time >= ", query_.since_us);
  if (query_.until_us != 0) sql += base::StrCat(" AND min_time < ", query_.until_us);
  if (query_.min_cost_usd || query_.max_cost_usd) {
    sql += base::StrCat(" AND max_cost >= ", NanoUsd(query_.min_cost_usd.value_or(0)));
  }
  sql += query_.newest_first ? " ORDER BY block DESC" : " ORDER BY block";
  ASSIGN_OR_RETURN(blocks_, database_.Prepare(sql));
  ASSIGN_OR_RETURN(bloom_, database_.Prepare("SELECT bits FROM blooms WHERE block = ?"));
  return absl::OkStatus();
}

absl::Status RecordScan::RunBlocks(int64_t first, int64_t last, Use use) {
  blocks_.Bind(1, BlockOf(first)).Bind(2, BlockOf(last));
  const auto run = [&]() -> absl::Status {
    if (run_last_ < run_first_) return absl::OkStatus();
    const absl::Status status =
        RunRows(std::max(first, FirstRow(run_first_)), std::min(last, FirstRow(run_last_ + 1) - 1), use);
    run_first_ = 0;
    run_last_ = -1;
    return status;
  };
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, blocks_.Step());
    if (!row) return run();
    const int64_t block = blocks_.Number(0);
    ASSIGN_OR_RETURN(const bool may_hold, MayHold(block));
    if (!may_hold) continue;
    const bool empty = run_last_ < run_first_;
    const bool next = !empty && (block == run_last_ + 1 || block == run_first_ - 1);
    if (!empty && (!next || run_last_ - run_first_ + 1 == kMaxRun)) RETURN_IF_ERROR(run());
    if (run_last_ < run_first_) run_first_ = run_last_ = block;
    run_first_ = std::min(run_first_, block);
    run_last_ = std::max(run_last_, block);
  }
}

absl::StatusOr<bool> RecordScan::MayHold(int64_t block) {
  if (keys_.empty()) return true;
  const absl::StatusOr<bool> row = bloom_.Bind(1, block).Step();
  const std::string_view bits = row.ok() && *row ? bloom_.View(0) : std::string_view();
  const bool may_hold = std::all_of(keys_.begin(), keys_.end(), [bits](const AnyOf& keys) {
    return std::any_of(keys.begin(), keys.end(), [bits](uint64_t key) { return Bloom::MayHold(bits, key); });
  });
  bloom_.Reset();
  RETURN_IF_ERROR(row.status());
  return may_hold;
}

absl::Status RecordScan::RunRows(int64_t first, int64_t last, Use use) {
  rows_.Bind(1, first).Bind(2, last);
  absl::Status status;
  while (status.ok()) {
    const absl::StatusOr<bool> row = rows_.Step();
    status = row.status();
    if (!row.ok() || !*row) break;
    status = use(rows_);
  }
  rows_.Reset();
  return status;
}

}  // namespace portcullis::audit::sqlite
