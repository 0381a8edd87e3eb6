#include "services/audit/domain/query.h"

#include <algorithm>
#include <array>
#include <optional>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/api/findings_text.h"
#include "services/audit/domain/merge.h"
#include "services/audit/domain/stats.h"

namespace portcullis::audit {
namespace {

constexpr std::array<std::string_view, 5> kVerdicts = {"allow", "redact", "escalate", "block", "error"};

absl::Status CheckText(std::string_view name, const std::string& text) {
  if (text.size() <= kMaxQueryText) return absl::OkStatus();
  return absl::InvalidArgumentError(base::StrCat(name, " may have ", kMaxQueryText, " bytes at most"));
}

absl::Status CheckCost(const Query& query) {
  for (const std::optional<double>& cost : {query.min_cost_usd, query.max_cost_usd}) {
    if (cost && !(*cost >= 0 && *cost <= kMaxCostUsd)) {
      return absl::InvalidArgumentError(base::StrCat("costs are US dollars, 0 to ", kMaxCostUsd));
    }
  }
  if (query.min_cost_usd && query.max_cost_usd && *query.min_cost_usd > *query.max_cost_usd) {
    return absl::InvalidArgumentError("min_cost_usd is greater than max_cost_usd");
  }
  return absl::OkStatus();
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  return lower;
}

bool SelectsText(const std::string& text, const Record& record) {
  if (text.empty()) return true;
  const std::string part = Lower(text);
  return Lower(record.reason_code).find(part) != std::string::npos ||
         Lower(FindingsText(record.findings)).find(part) != std::string::npos;
}

bool SelectsCost(const Query& query, const Record& record) {
  if (!query.min_cost_usd && !query.max_cost_usd) return true;
  return record.cost_usd && (!query.min_cost_usd || *record.cost_usd >= *query.min_cost_usd) &&
         (!query.max_cost_usd || *record.cost_usd <= *query.max_cost_usd);
}

}  // namespace

absl::Status Validate(const Query& query) {
  if (query.limit < 1 || query.limit > kMaxQueryLimit) {
    return absl::InvalidArgumentError(
        base::StrCat("limit is ", query.limit, "; 1 to ", kMaxQueryLimit, " are allowed"));
  }
  if (query.since_us < 0 || query.until_us < 0) {
    return absl::InvalidArgumentError("since and until cannot be before 1970");
  }
  if (query.until_us != 0 && query.until_us <= query.since_us) {
    return absl::InvalidArgumentError("until must be later than since");
  }
  if (!query.verdict.empty() &&
      std::find(kVerdicts.begin(), kVerdicts.end(), query.verdict) == kVerdicts.end()) {
    return absl::InvalidArgumentError("verdict must be allow, redact, escalate, block or error");
  }
  RETURN_IF_ERROR(CheckText("request_id", query.request_id));
  RETURN_IF_ERROR(CheckText("text", query.text));
  for (const Dimension& dimension : kDimensions) {
    RETURN_IF_ERROR(CheckText(dimension.name, query.*dimension.query));
  }
  return CheckCost(query);
}

absl::Status Validate(const StatsQuery& query) {
  Query records = query.query;
  records.limit = 1;  // paging does not count
  RETURN_IF_ERROR(Validate(records));
  if (query.limit < 1 || query.limit > kMaxQueryLimit) {
    return absl::InvalidArgumentError(
        base::StrCat("limit is ", query.limit, "; 1 to ", kMaxQueryLimit, " are allowed"));
  }
  if (query.by.size() > kMaxGroupings) {
    return absl::InvalidArgumentError(base::StrCat("by may name ", kMaxGroupings, " fields at most"));
  }
  for (const std::string& name : query.by) RETURN_IF_ERROR(FindGrouping(name).status());
  return absl::OkStatus();
}

bool Selects(const Query& query, const Record& record) {
  const int64_t time = EventTime(record);
  return time >= query.since_us && (query.until_us == 0 || time < query.until_us) &&
         (query.request_id.empty() || query.request_id == record.request_id) &&
         std::all_of(kDimensions.begin(), kDimensions.end(),
                     [&](const Dimension& d) {
                       return (query.*d.query).empty() || query.*d.query == record.*d.record;
                     }) &&
         SelectsText(query.text, record) && SelectsCost(query, record);
}

absl::Status ValidateContentQuery(const Query& query) {
  RETURN_IF_ERROR(Validate(query));
  if (!query.request_id.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("content is read by request id: say which");
}

}  // namespace portcullis::audit
