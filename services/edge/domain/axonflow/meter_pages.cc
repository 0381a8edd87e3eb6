#include "services/edge/domain/axonflow/meter_pages.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/json_text.h"

namespace portcullis::edge {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kUnhealthyErrors = 5;  // one after the other

// The value below which `share` of the values lie, by the nearest rank.
double Percentile(std::vector<double>* values, double share) {
  if (values->empty()) return 0;
  const size_t rank = static_cast<size_t>(share * static_cast<double>(values->size() - 1) + 0.5);
  std::nth_element(values->begin(), values->begin() + static_cast<std::ptrdiff_t>(rank), values->end());
  return (*values)[rank];
}

void AddPercentiles(const std::string& prefix, std::vector<double> values, Json* out) {
  for (const auto& [name, share] : {std::pair("p50", 0.5), {"p95", 0.95}, {"p99", 0.99}}) {
    (*out)[base::StrCat(prefix, name, "_ms")] = Percentile(&values, share);
  }
}

struct Label {
  std::string_view name;
  std::string_view value;
};
using LabelList = std::initializer_list<Label>;

std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// Lines of Prometheus' text format.
class Lines {
 public:
  void Family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = base::StrCat("axonflow_", name);
    text_ += base::StrCat("# HELP ", name_, " ", help, "\n# TYPE ", name_, " ", type, "\n");
  }

  template <typename Number>
  void Sample(LabelList labels, Number value, std::string_view suffix = "") {
    std::string list;
    for (const Label& label : labels) {
      list += base::StrCat(list.empty() ? "{" : ",", label.name, "=\"", Escaped(label.value), "\"");
    }
    text_ += base::StrCat(name_, suffix, list, list.empty() ? "" : "}", " ", value, "\n");
  }

  void Histogram(std::string_view type, const MeterHistogram& histogram) {
    uint64_t sum = 0;
    for (size_t i = 0; i < histogram.buckets.size(); ++i) {
      sum += histogram.buckets[i];
      const std::string bound = i < kMeterBounds.size() ? base::StrCat(kMeterBounds[i]) : "+Inf";
      if (type.empty()) {
        Sample({{"le", bound}}, sum, "_bucket");
      } else {
        Sample({{"type", type}, {"le", bound}}, sum, "_bucket");
      }
    }
    if (type.empty()) {
      Sample({}, histogram.sum_ms, "_sum");
      Sample({}, histogram.count, "_count");
    } else {
      Sample({{"type", type}}, histogram.sum_ms, "_sum");
      Sample({{"type", type}}, histogram.count, "_count");
    }
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void AddAgent(const MeterFigures& figures, Lines* lines) {
  lines->Family("agent_requests_total", "counter", "Requests by what became of them.");
  for (const auto& [status, count] : figures.statuses) lines->Sample({{"status", status}}, count);
  lines->Family("agent_request_duration_milliseconds", "histogram",
                "From the first byte of a request to the end of its answer, by path.");
  for (const auto& [endpoint, histogram] : figures.durations) lines->Histogram(endpoint, histogram);
  lines->Family("agent_policy_evaluations_total", "counter", "Requests that the policies saw.");
  lines->Sample({}, figures.policy_evaluations);
  lines->Family("agent_blocked_requests_total", "counter", "Requests that a policy blocked.");
  lines->Sample({}, figures.blocked);
}

// Their orchestrator is what asks providers.
void AddOrchestrator(const MeterFigures& figures, Lines* lines) {
  std::map<std::string, uint64_t> statuses;
  for (const auto& [key, count] : figures.llm_calls) statuses[key.second] += count;
  lines->Family("orchestrator_requests_total", "counter", "Requests that went to a provider.");
  for (const auto& [status, count] : statuses) lines->Sample({{"status", status}}, count);
  lines->Family("orchestrator_request_duration_milliseconds", "histogram",
                "Time of such a request, by provider.");
  for (const auto& [provider, histogram] : figures.llm_durations) lines->Histogram(provider, histogram);
  lines->Family("orchestrator_llm_calls_total", "counter", "Calls of providers.");
  for (const auto& [key, count] : figures.llm_calls) {
    lines->Sample({{"provider", key.first}, {"status", key.second}}, count);
  }
}

void AddGatewayMode(const MeterFigures& figures, Lines* lines) {
  lines->Family("gateway_precheck_requests_total", "counter", "Pre-checks.");
  for (const auto& [key, count] : figures.pre_checks) {
    lines->Sample({{"status", key.first}, {"approved", key.second}}, count);
  }
  lines->Family("gateway_precheck_duration_milliseconds", "histogram", "Time of a pre-check.");
  lines->Histogram("", figures.pre_check_duration);
  lines->Family("gateway_audit_requests_total", "counter", "Calls that clients reported.");
  for (const auto& [key, count] : figures.llm_calls_reported) {
    lines->Sample({{"status", key.first}, {"provider", key.second}}, count);
  }
  lines->Family("gateway_audit_duration_milliseconds", "histogram", "Time to take a report.");
  lines->Histogram("", figures.report_duration);
  lines->Family("gateway_llm_tokens_total", "counter", "Tokens of reported calls.");
  for (const auto& [key, use] : figures.reported) {
    lines->Sample({{"provider", key.first}, {"model", key.second}, {"type", "prompt"}}, use.prompt_tokens);
    lines->Sample({{"provider", key.first}, {"model", key.second}, {"type", "completion"}},
                  use.completion_tokens);
  }
  lines->Family("gateway_llm_cost_usd_total", "counter", "Cost of reported calls whose price is known.");
  for (const auto& [key, use] : figures.reported) {
    lines->Sample({{"provider", key.first}, {"model", key.second}}, use.cost_usd);
  }
}

}  // namespace

std::string MetricsPage(const MeterFigures& figures, const MeterMoment& moment) {
  uint64_t requests = 0, errors = 0;
  const int64_t now = moment.now_us / 1'000'000;
  constexpr int64_t kWindow = MeterFigures::kSeconds;
  for (const MeterSecond& second : figures.seconds) {
    if (second.second <= now - kWindow || second.second > now) continue;
    requests += second.requests;
    errors += second.errors;
  }
  const double window = static_cast<double>(std::clamp<int64_t>(moment.uptime_seconds, 1, kWindow));
  double sum_ms = 0;
  Json types = Json::object();
  for (const auto& [endpoint, histogram] : figures.durations) {
    sum_ms += histogram.sum_ms;
    types[endpoint] = {{"requests", histogram.count},
                       {"avg_latency_ms", histogram.sum_ms / static_cast<double>(histogram.count)}};
  }
  const double total = static_cast<double>(figures.total);
  Json agent = {
      {"uptime_seconds", moment.uptime_seconds},
      {"total_requests", figures.total},
      {"success_requests", figures.success},
      {"failed_requests", figures.failed},
      {"blocked_requests", figures.blocked},
      {"success_rate", figures.total == 0 ? 0.0 : 100.0 * static_cast<double>(figures.success) / total},
      {"rps", static_cast<double>(requests) / window},
      {"error_rate_per_sec", static_cast<double>(errors) / window},
      {"avg_latency_ms", figures.total == 0 ? 0.0 : sum_ms / total}};
  AddPercentiles("", figures.recent_ms, &agent);
  AddPercentiles("static_policy_", figures.recent_policy_ms, &agent);
  const bool healthy = figures.consecutive_errors < kUnhealthyErrors;
  const Json page = {{"agent_metrics", std::move(agent)},
                     {"health",
                      {{"status", healthy ? "healthy" : "unhealthy"},
                       {"healthy", healthy},
                       {"consecutive_errors", figures.consecutive_errors},
                       {"up", true}}},
                     {"request_types", std::move(types)},
                     {"connectors", Json::object()},
                     {"timestamp", Rfc3339(moment.now_us)}};
  return Text(page);
}

std::string PrometheusPage(const MeterFigures& figures) {
  Lines lines;
  AddAgent(figures, &lines);
  AddGatewayMode(figures, &lines);
  AddOrchestrator(figures, &lines);
  return lines.Take();
}

}  // namespace portcullis::edge
