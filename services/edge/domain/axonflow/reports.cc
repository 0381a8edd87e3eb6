#include "services/edge/domain/axonflow/reports.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/json_text.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {
namespace {

using Json = nlohmann::ordered_json;
using audit::Record;
using audit::StatsGroup;

constexpr uint64_t kMaxEntries = 1'000;
constexpr uint64_t kMaxReach = 10'000;  // offset and limit together

struct Decision {
  std::string_view verdict;
  std::string_view theirs;
  std::string_view also;  // another word for it in searches
};

constexpr Decision kDecisions[] = {
    {"allow", "allowed", "allow"},    {"block", "blocked", "block"},
    {"redact", "redacted", "redact"}, {"escalate", "require_approval", "needs_approval"},
    {"error", "error", "failed"},
};

std::string_view DecisionOf(std::string_view verdict) {
  for (const Decision& row : kDecisions) {
    if (row.verdict == verdict) return row.theirs;
  }
  return verdict;
}

std::optional<int64_t> MicrosOf(const std::string& text) {
  absl::Time time;
  std::string error;
  for (const char* format : {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%d"}) {
    if (absl::ParseTime(format, text, absl::UTCTimeZone(), &time, &error)) return absl::ToUnixMicros(time);
  }
  return std::nullopt;
}

const std::string& ModelOf(const Record& record) {
  return record.upstream_model.empty() ? record.model : record.upstream_model;
}

Json EntryOf(const Record& record) {
  const std::vector<std::string> policies = TriggeredPolicies(record);
  std::vector<std::string> redacted;
  for (const audit::PolicyFinding& finding : record.findings) {
    if (finding.action == "redact") redacted.push_back(finding.rule);
  }
  const bool blocked = IsRefused(record);
  const std::string client = record.principal.empty() ? "anonymous" : record.principal;
  return {{"id", record.request_id},
          {"request_id", record.request_id},
          {"timestamp", Rfc3339(record.started_us)},
          {"user_id", record.user},
          {"user_email", record.user},
          {"client_id", client},
          {"tenant_id", client},
          {"request_type", record.endpoint},
          {"query_hash", record.request_sha256},
          {"policy_decision", DecisionOf(record.verdict)},
          {"policy_details",
           {{"policy", record.policy}, {"reason", record.reason_code}, {"outcome", record.outcome}}},
          {"policy_violations", blocked ? policies : std::vector<std::string>()},
          {"policies_triggered", policies},
          {"provider", record.provider},
          {"model", ModelOf(record)},
          {"response_time_ms", record.total_us / 1000},
          {"latency_ms", record.total_us / 1000},
          {"tokens_used", record.prompt_tokens + record.completion_tokens},
          {"cost", record.cost_usd.value_or(0)},
          {"redacted_fields", redacted},
          {"success", record.outcome == "ok" || record.outcome == "checked"},
          {"blocked", blocked},
          {"error_message", record.verdict == "error" ? record.reason_code : ""},
          {"compliance_flags", Json::array()},
          {"security_metrics", Json::object()},
          {"metadata", {{"context_id", record.context_id}, {"http_status", record.http_status}}}};
}

// The value of a group in a dimension; of a model that nobody named that of its target.
std::string ModelOfGroup(const StatsGroup& group, const std::vector<AxonFlowTarget>& targets) {
  if (!group.values[0].empty()) return group.values[0];
  for (const AxonFlowTarget& target : targets) {
    if (target.id == group.values[1]) return target.model;
  }
  return "";
}

// The provider stands last in all groups of usage.
bool HasProvider(const StatsGroup& group) { return !group.values.back().empty(); }

// Of a call with a provider, of this model unless it is "".
bool IsUsage(const Record& record, std::string_view model) {
  return !record.provider.empty() && (model.empty() || ModelOf(record) == model || record.model == model);
}

struct Sum {
  uint64_t requests = 0;
  uint64_t tokens_in = 0;
  uint64_t tokens_out = 0;
  double cost = 0;

  void Add(const StatsGroup& group) {
    requests += group.records;
    tokens_in += group.prompt_tokens;
    tokens_out += group.completion_tokens;
    cost += group.cost_usd;
  }
};

}  // namespace

std::string CostErrorBody(int status, std::string_view message) {
  const char* const name = status == 404   ? "Not Found"
                           : status == 503 ? "Service Unavailable"
                                           : "Bad Request";
  return Text({{"error", name}, {"message", message}});
}

std::optional<std::string> ReadAuditPage(const AuditSearchBody& body, std::string_view caller, bool community,
                                         AuditPage* out) {
  if (body.limit < 1 || body.limit > kMaxEntries) return base::StrCat("limit must be 1 to ", kMaxEntries);
  if (body.offset + body.limit > kMaxReach) {
    return base::StrCat("offset and limit together must be at most ", kMaxReach,
                        "; use start_time and end_time");
  }
  out->limit = body.limit;
  out->offset = body.offset;
  audit::Query& query = out->query;
  query.newest_first = true;
  query.limit = static_cast<uint32_t>(body.offset + body.limit);
  query.principal = community && !body.client_id.empty() ? body.client_id : std::string(caller);
  out->nothing = !body.override_id.empty() || (!body.client_id.empty() && body.client_id != query.principal);
  query.user = body.user_email;
  query.request_id = body.decision_id;
  query.policy = body.policy_name;
  query.endpoint = body.request_type;
  for (const Decision& row : kDecisions) {
    if (body.action == row.theirs || body.action == row.also) query.verdict = row.verdict;
  }
  if (!body.action.empty() && query.verdict.empty()) query.endpoint = body.action;
  for (const auto& [name, text, to] : {std::tuple("start_time", &body.start_time, &query.since_us),
                                       {"end_time", &body.end_time, &query.until_us}}) {
    if (text->empty()) continue;
    const auto micros = MicrosOf(*text);
    if (!micros || *micros < 0) return base::StrCat(name, " must be a time like 2026-01-31T12:00:00Z");
    *to = *micros;
  }
  return std::nullopt;
}

std::string AuditEntries(const AuditPage& page, const std::vector<audit::StoredRecord>& records,
                         uint64_t total) {
  Json entries = Json::array();
  for (size_t i = page.offset; i < records.size(); ++i) entries.push_back(EntryOf(records[i].record));
  return Text(
      {{"entries", std::move(entries)}, {"total", total}, {"limit", page.limit}, {"offset", page.offset}});
}

std::optional<UsagePeriod> PeriodOf(std::string_view name, int64_t now_us) {
  const absl::CivilDay today(absl::ToCivilDay(absl::FromUnixMicros(now_us), absl::UTCTimeZone()));
  const absl::CivilMonth month(today);
  absl::CivilDay first, next;
  if (name == "daily") {
    first = today;
    next = today + 1;
  } else if (name == "weekly") {
    first = absl::PrevWeekday(today + 1, absl::Weekday::monday);
    next = first + 7;
  } else if (name == "monthly" || name.empty()) {
    first = absl::CivilDay(month);
    next = absl::CivilDay(month + 1);
  } else if (name == "quarterly") {
    const absl::CivilMonth quarter = month - (month.month() - 1) % 3;
    first = absl::CivilDay(quarter);
    next = absl::CivilDay(quarter + 3);
  } else if (name == "yearly") {
    first = absl::CivilDay(absl::CivilYear(today));
    next = absl::CivilDay(absl::CivilYear(today) + 1);
  } else {
    return std::nullopt;
  }
  const auto micros = [](absl::CivilDay day) {
    return absl::ToUnixMicros(absl::FromCivil(day, absl::UTCTimeZone()));
  };
  return UsagePeriod{name.empty() ? "monthly" : std::string(name), micros(first), micros(next)};
}

std::vector<std::string> UsageGroups() { return {"model", "target", "provider"}; }

std::optional<std::vector<std::string>> BreakdownGroups(std::string_view group_by) {
  if (group_by == "provider") return std::vector<std::string>{"provider"};
  if (group_by == "model") return UsageGroups();
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"client", "principal"}, {"agent", "principal"}, {"team", "principal"}, {"tenant", "principal"},
      {"org", "principal"},    {"user", "user"},       {"day", "day"},        {"hour", "hour"}};
  for (const auto& [theirs, ours] : kNames) {
    if (group_by == theirs) return std::vector<std::string>{std::string(ours), "provider"};
  }
  return std::nullopt;
}

std::string UsageSummary(const UsagePeriod& period, const audit::Stats& stats) {
  Sum sum;
  for (const StatsGroup& group : stats.groups) {
    if (HasProvider(group)) sum.Add(group);
  }
  return Text(
      {{"period", period.name},
       {"period_start", Rfc3339(period.start_us)},
       {"period_end", Rfc3339(period.end_us)},
       {"total_cost_usd", sum.cost},
       {"total_requests", sum.requests},
       {"total_tokens_in", sum.tokens_in},
       {"total_tokens_out", sum.tokens_out},
       {"average_cost_per_request", sum.requests == 0 ? 0.0 : sum.cost / static_cast<double>(sum.requests)}});
}

std::string UsageBreakdown(std::string_view group_by, const UsagePeriod& period, const audit::Stats& stats,
                           const std::vector<AxonFlowTarget>& targets) {
  std::map<std::string, Sum> sums;
  double total = 0;
  for (const StatsGroup& group : stats.groups) {
    if (!HasProvider(group)) continue;
    sums[group_by == "model" ? ModelOfGroup(group, targets) : group.values[0]].Add(group);
    total += group.cost_usd;
  }
  std::vector<std::pair<std::string, Sum>> rows(sums.begin(), sums.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.cost > b.second.cost; });
  Json items = Json::array();
  for (const auto& [value, sum] : rows) {
    items.push_back({{"group_by", group_by},
                     {"group_value", value},
                     {"cost_usd", sum.cost},
                     {"percentage", total > 0 ? 100.0 * sum.cost / total : 0.0},
                     {"request_count", sum.requests},
                     {"tokens_in", sum.tokens_in},
                     {"tokens_out", sum.tokens_out}});
  }
  return Text({{"group_by", group_by},
               {"period", period.name},
               {"period_start", Rfc3339(period.start_us)},
               {"period_end", Rfc3339(period.end_us)},
               {"total_cost_usd", total},
               {"items", std::move(items)}});
}

UsageScan::UsageScan(std::string model, uint64_t offset, uint64_t limit)
    : model_(std::move(model)),
      limit_(limit),
      skip_(offset),
      next_(static_cast<uint32_t>(std::min(offset + limit, kMaxQuestion))) {}

void UsageScan::Take(std::vector<audit::StoredRecord> records) {
  const bool last = records.size() < next_;
  left_ -= std::min<uint64_t>(left_, next_);
  if (!records.empty()) last_row_ = records.back().row;
  for (audit::StoredRecord& record : records) {
    if (!IsUsage(record.record, model_)) continue;
    if (skip_ > 0) {
      --skip_;
    } else if (found_.size() < limit_) {
      found_.push_back(std::move(record));
    }
  }
  const bool done = last || found_.size() == limit_;
  next_ = done ? 0 : static_cast<uint32_t>(std::min({uint64_t{next_} * 2, left_, kMaxQuestion}));
}

uint64_t UsageCount(const audit::Stats& stats, std::string_view model,
                    const std::vector<AxonFlowTarget>& targets) {
  uint64_t count = 0;
  for (const StatsGroup& group : stats.groups) {
    if (HasProvider(group) && (model.empty() || ModelOfGroup(group, targets) == model))
      count += group.records;
  }
  return count;
}

std::string UsageRecords(const std::vector<audit::StoredRecord>& records, uint64_t total) {
  Json list = Json::array();
  for (const audit::StoredRecord& stored : records) {
    const Record& record = stored.record;
    const std::string client = record.principal.empty() ? "anonymous" : record.principal;
    list.push_back({{"id", std::to_string(stored.row)},
                    {"request_id", record.request_id},
                    {"provider", record.provider},
                    {"model", ModelOf(record)},
                    {"tokens_in", record.prompt_tokens},
                    {"tokens_out", record.completion_tokens},
                    {"cost_usd", record.cost_usd.value_or(0)},
                    {"cost_known", record.cost_usd.has_value()},
                    {"latency_ms", record.total_us / 1000},
                    {"success", record.outcome == "ok"},
                    {"error_message", record.outcome == "ok" ? "" : record.reason_code},
                    {"org_id", client},
                    {"tenant_id", client},
                    {"user_id", record.user},
                    {"created_at", Rfc3339(record.started_us)},
                    {"timestamp", Rfc3339(record.started_us)}});
  }
  return Text({{"records", std::move(list)}, {"total", total}});
}

}  // namespace portcullis::edge
