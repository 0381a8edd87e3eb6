#include "services/audit/adapters/store/sql/record_conditions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/blocks.h"

namespace portcullis::audit::sql {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int64_t NanoUsd(double usd) { return std::llround(usd * 1e9); }

// The names of a column that are wanted, in order.
template <typename Wanted>
absl::StatusOr<std::vector<int64_t>> NamesThat(Database& database, size_t column, Wanted&& wanted) {
  ASSIGN_OR_RETURN(Statement all, database.Prepare("SELECT id, text FROM names WHERE kind = ?"));
  all.Bind(1, static_cast<int64_t>(column));
  std::vector<int64_t> names;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, all.Step());
    if (!row) break;
    if (wanted(all.View(1))) names.push_back(all.Number(0));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The names of a column that a text is part of.
absl::StatusOr<std::vector<int64_t>> NamesWith(Database& database, size_t column, std::string_view text) {
  const auto same = [](char a, char b) { return Lower(a) == Lower(b); };
  return NamesThat(database, column, [&](std::string_view name) {
    return std::search(name.begin(), name.end(), text.begin(), text.end(), same) != name.end();
  });
}

bool HasOneOf(const NamesOf& one_of, const RecordRow& record) {
  return std::any_of(one_of.names.begin(), one_of.names.end(), [&](const auto& of_column) {
    return std::binary_search(of_column.second.begin(), of_column.second.end(),
                              record.names[of_column.first]);
  });
}

bool IsWithin(const RecordConditions::Bounds& bounds, const RecordRow& record) {
  const int64_t value = bounds.first == kTimeColumn ? record.time_us : record.cost_nano_usd;
  return value >= bounds.second.first && value <= bounds.second.second;
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> NamesBeginning(Database& database, size_t column,
                                                    std::string_view prefix) {
  if (prefix.empty()) return std::vector<int64_t>();
  return NamesThat(database, column, [&](std::string_view name) { return name.starts_with(prefix); });
}

absl::StatusOr<RecordConditions> RecordConditions::Resolve(Database& database, const Query& query) {
  RecordConditions conditions;
  conditions.request_id_ = query.request_id;
  RETURN_IF_ERROR(conditions.FindNames(database, query));
  if (!query.text.empty()) RETURN_IF_ERROR(conditions.FindTexts(database, query.text));
  conditions.AddBounds(query);
  return conditions;
}

bool RecordConditions::Match(const RecordRow& record) const {
  return !nothing_ && (request_id_.empty() || request_id_ == record.request_id) &&
         std::all_of(one_of_.begin(), one_of_.end(),
                     [&](const NamesOf& one_of) { return HasOneOf(one_of, record); }) &&
         std::all_of(between_.begin(), between_.end(),
                     [&](const Bounds& bounds) { return IsWithin(bounds, record); });
}

absl::Status RecordConditions::FindNames(Database& database, const Query& query) {
  ASSIGN_OR_RETURN(Statement find, database.Prepare("SELECT id FROM names WHERE kind = ? AND text = ?"));
  for (size_t i = 0; i < kDimensions.size(); ++i) {
    const std::string& wanted = query.*kDimensions[i].query;
    if (wanted.empty()) continue;
    ASSIGN_OR_RETURN(const int64_t name,
                     find.Bind(1, static_cast<int64_t>(i)).Bind(2, wanted).RunForNumber());
    if (name == 0) nothing_ = true;
    sql_ += base::StrCat(" AND name_", kDimensions[i].name, " = ", name);
    one_of_.push_back({{{i, {name}}}, {Bloom::Key(i, name)}});
  }
  return absl::OkStatus();
}

absl::Status RecordConditions::FindTexts(Database& database, const std::string& text) {
  NamesOf one_of;
  std::string condition;
  for (const size_t column : {kReasonName, kFindingsName}) {
    ASSIGN_OR_RETURN(std::vector<int64_t> names, NamesWith(database, column, text));
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
  nothing_ = nothing_ || one_of.keys.empty();
  sql_ += " AND (" + condition + ")";
  one_of_.push_back(std::move(one_of));
  return absl::OkStatus();
}

void RecordConditions::AddBounds(const Query& query) {
  const auto add = [this](const char* name, size_t column, int64_t least, int64_t most) {
    sql_ += base::StrCat(" AND ", name, " BETWEEN ", least, " AND ", most);
    between_.push_back({column, {least, most}});
  };
  if (query.since_us != 0 || query.until_us != 0) {
    // Without since: records of times before 1970 too, as the query does not speak of them.
    const int64_t least = query.since_us != 0 ? query.since_us : -kMax;
    add("time_us", kTimeColumn, least, query.until_us != 0 ? query.until_us - 1 : kMax);
  }
  if (query.min_cost_usd || query.max_cost_usd) {
    add("cost_nano_usd", kCostColumn, NanoUsd(query.min_cost_usd.value_or(0)),
        query.max_cost_usd ? NanoUsd(*query.max_cost_usd) : kMax);
  }
}

}  // namespace portcullis::audit::sql
