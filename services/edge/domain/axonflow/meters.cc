#include "services/edge/domain/axonflow/meters.h"

#include <algorithm>

#include "services/edge/domain/axonflow/endpoints.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {
namespace {

using audit::Record;

void Remember(double value, size_t* next, std::vector<double>* recent) {
  if (recent->size() < MeterFigures::kRecent) {
    recent->push_back(value);
    return;
  }
  (*recent)[*next] = value;
  *next = (*next + 1) % MeterFigures::kRecent;
}

template <typename Key>
void AddCounts(const std::map<Key, uint64_t>& from, std::map<Key, uint64_t>* to) {
  for (const auto& [key, count] : from) (*to)[key] += count;
}

const char* StatusOf(const Record& record) {
  if (record.outcome == "ok" || record.outcome == "checked") {
    return IsRefused(record) ? "blocked" : "success";
  }
  return record.outcome == "blocked" ? "blocked" : "error";
}

void CountSecond(int64_t second, bool error, std::array<MeterSecond, MeterFigures::kSeconds>* seconds) {
  MeterSecond& slot = (*seconds)[static_cast<size_t>(second) % MeterFigures::kSeconds];
  if (slot.second != second) slot = {second, 0, 0};
  ++slot.requests;
  if (error) ++slot.errors;
}

}  // namespace

void MeterHistogram::Add(double ms) {
  const auto bound = std::lower_bound(kMeterBounds.begin(), kMeterBounds.end(), ms);
  ++buckets[static_cast<size_t>(bound - kMeterBounds.begin())];
  ++count;
  sum_ms += ms;
}

void MeterHistogram::Add(const MeterHistogram& other) {
  for (size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  count += other.count;
  sum_ms += other.sum_ms;
}

void MeterFigures::Add(const MeterFigures& other) {
  total += other.total;
  success += other.success;
  failed += other.failed;
  blocked += other.blocked;
  policy_evaluations += other.policy_evaluations;
  consecutive_errors = std::max(consecutive_errors, other.consecutive_errors);
  AddCounts(other.statuses, &statuses);
  for (const auto& [endpoint, histogram] : other.durations) durations[endpoint].Add(histogram);
  AddCounts(other.pre_checks, &pre_checks);
  pre_check_duration.Add(other.pre_check_duration);
  AddCounts(other.llm_calls_reported, &llm_calls_reported);
  report_duration.Add(other.report_duration);
  for (const auto& [key, use] : other.reported) {
    ReportedUse& sum = reported[key];
    sum.prompt_tokens += use.prompt_tokens;
    sum.completion_tokens += use.completion_tokens;
    sum.cost_usd += use.cost_usd;
  }
  AddCounts(other.llm_calls, &llm_calls);
  for (const auto& [provider, histogram] : other.llm_durations) llm_durations[provider].Add(histogram);
  for (const auto& [target, use] : other.targets) {
    TargetUse& sum = targets[target];
    sum.requests += use.requests;
    sum.errors += use.errors;
    sum.sum_ms += use.sum_ms;
    sum.last_used_us = std::max(sum.last_used_us, use.last_used_us);
  }
  recent_ms.insert(recent_ms.end(), other.recent_ms.begin(), other.recent_ms.end());
  recent_policy_ms.insert(recent_policy_ms.end(), other.recent_policy_ms.begin(),
                          other.recent_policy_ms.end());
  for (const MeterSecond& second : other.seconds) {
    MeterSecond& slot = seconds[static_cast<size_t>(second.second) % kSeconds];
    if (slot.second < second.second) slot = {second.second, 0, 0};
    if (slot.second != second.second) continue;
    slot.requests += second.requests;
    slot.errors += second.errors;
  }
}

void Meter::Take(const Record& record) {
  if (record.kind != audit::LeafKind::kOutcome) return;
  const std::string status = StatusOf(record);
  const bool error = status == "error";
  const double ms = static_cast<double>(record.total_us) / 1000.0;
  const std::lock_guard lock(mutex_);
  ++figures_.total;
  ++figures_.statuses[status];
  ++(error ? figures_.failed : status == "blocked" ? figures_.blocked : figures_.success);
  figures_.consecutive_errors = error && record.http_status >= 500 ? figures_.consecutive_errors + 1 : 0;
  figures_.durations[record.endpoint].Add(ms);
  CountSecond(record.time_us / 1'000'000, error, &figures_.seconds);
  Remember(ms, &next_recent_, &figures_.recent_ms);
  if (record.policy_us > 0) {
    ++figures_.policy_evaluations;
    Remember(static_cast<double>(record.policy_us) / 1000.0, &next_policy_, &figures_.recent_policy_ms);
  }
  TakeGatewayMode(record, ms);
  TakeTarget(record, ms, error);
}

void Meter::TakeGatewayMode(const Record& record, double ms) {
  const bool ok = record.http_status == 200;
  if (record.endpoint == kPreCheckPath) {
    const bool approved = ok && !IsRefused(record);
    ++figures_.pre_checks[{ok ? "success" : "error", approved ? "true" : "false"}];
    figures_.pre_check_duration.Add(ms);
  }
  if (record.endpoint != kLlmCallPath) return;
  MeterPair key{record.provider, record.model};
  if (!figures_.reported.contains(key) && figures_.reported.size() >= kMaxReported) key = {"other", "other"};
  ++figures_.llm_calls_reported[{ok ? "success" : "error", ok ? key.first : ""}];
  figures_.report_duration.Add(ms);
  if (!ok) return;
  ReportedUse& use = figures_.reported[key];
  use.prompt_tokens += record.prompt_tokens;
  use.completion_tokens += record.completion_tokens;
  use.cost_usd += record.cost_usd.value_or(0);
}

void Meter::TakeTarget(const Record& record, double ms, bool error) {
  if (record.target.empty()) return;
  ++figures_.llm_calls[{record.provider, error ? "error" : "success"}];
  figures_.llm_durations[record.provider].Add(ms);
  TargetUse& use = figures_.targets[record.target];
  ++use.requests;
  if (error) ++use.errors;
  use.sum_ms += ms;
  use.last_used_us = record.time_us;
}

MeterFigures Meter::Figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace portcullis::edge
