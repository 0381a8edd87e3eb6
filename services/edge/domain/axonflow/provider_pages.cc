#include "services/edge/domain/axonflow/provider_pages.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/json_text.h"

namespace portcullis::edge {
namespace {

using Json = nlohmann::ordered_json;
using router::CircuitTrip;
using router::TargetStatus;

constexpr uint64_t kMaxPageSize = 100;
constexpr uint64_t kMaxPage = 1'000'000;
constexpr int kHalfOpen = 1, kOpen = 2;
constexpr uint64_t kTrips = 50, kMaxTrips = 1'000;

const TargetStatus* StatusOf(const Providers& providers, std::string_view id) {
  for (const TargetStatus& status : providers.statuses) {
    if (status.id == id) return &status;
  }
  return nullptr;
}

const AxonFlowTarget* TargetOf(const Providers& providers, std::string_view id) {
  for (const AxonFlowTarget& target : providers.targets) {
    if (target.id == id) return &target;
  }
  return nullptr;
}

const char* HealthName(const TargetStatus* status) {
  if (status == nullptr) return "unknown";
  if (!status->available || !status->healthy || status->drained || status->circuit == kOpen)
    return "unhealthy";
  return status->circuit == kHalfOpen ? "degraded" : "healthy";
}

std::string HealthMessage(const TargetStatus* status) {
  if (status == nullptr) return "the router has no such target";
  if (!status->available) return "it has no API key";
  if (status->drained) return "an operator has drained it";
  if (status->circuit == kOpen) return "its circuit is open: " + status->last_error;
  if (!status->healthy) return "its health probe fails: " + status->last_error;
  if (status->circuit == kHalfOpen) return "its circuit lets trials through";
  return "";
}

Json HealthOf(const TargetStatus* status, int64_t now_us) {
  Json health = {
      {"status", HealthName(status)}, {"message", HealthMessage(status)}, {"last_checked", Rfc3339(now_us)}};
  if (status == nullptr) return health;
  health["latency"] = status->latency_us * 1000;
  health["error_rate"] = status->error_rate;
  return health;
}

// As the router has it, else as it is configured.
double Weight(const Providers& providers, const AxonFlowTarget& target) {
  const TargetStatus* const status = StatusOf(providers, target.id);
  return status != nullptr && status->weight > 0 ? status->weight : target.weight;
}

// As AxonFlow's weights are whole numbers.
int WeightOf(const Providers& providers, const AxonFlowTarget& target) {
  return static_cast<int>(std::lround(Shares(providers)[target.id]));
}

Json ToJson(const Providers& providers, const AxonFlowTarget& target) {
  const TargetStatus* const status = StatusOf(providers, target.id);
  Json json = {{"name", target.id},
               {"type", target.provider},
               {"endpoint", target.endpoint},
               {"model", target.model},
               {"enabled", true},
               {"priority", target.priority},
               {"weight", WeightOf(providers, target)},
               {"timeout_seconds", target.timeout_seconds},
               {"has_api_key", status != nullptr && status->available},
               {"settings", Json::object()},
               {"health", HealthOf(status, providers.now_us)}};
  return json;
}

Json ToJson(const CircuitTrip& trip, const TargetStatus& status) {
  const bool closed = trip.closed_us > 0;
  Json json = {{"id", status.id + "-" + std::to_string(trip.opened_us)},
               {"org_id", ""},
               {"scope", "provider"},
               {"scope_id", status.id},
               {"state", closed                        ? "closed"
                         : status.circuit == kHalfOpen ? "half_open"
                                                       : "open"},
               {"trip_reason", trip.cause},
               {"tripped_by", "gateway"},
               {"tripped_at", Rfc3339(trip.opened_us)},
               {"error_count", trip.failures},
               {"violation_count", 0}};
  if (trip.open_until_us > 0) json["expires_at"] = Rfc3339(trip.open_until_us);
  if (closed) {
    json["reset_at"] = Rfc3339(trip.closed_us);
    json["reset_by"] = "gateway";
    json["reset_reason"] = trip.closed_by;
  }
  return json;
}

Json PriceJson(std::string_view provider, std::string_view model, const router::Pricing& price) {
  return {{"provider", provider},
          {"model", model},
          {"pricing", {{"input_per_1k", price.prompt / 1000}, {"output_per_1k", price.completion / 1000}}}};
}

}  // namespace

router::TargetWeights Shares(const Providers& providers) {
  router::TargetWeights shares;
  double sum = 0;
  for (const AxonFlowTarget& target : providers.targets) sum += shares[target.id] = Weight(providers, target);
  for (auto& [id, share] : shares) share = sum <= 0 ? 0 : 100.0 * share / sum;
  return shares;
}

std::string CodedErrorBody(std::string_view code, std::string_view message) {
  return Text({{"error", {{"code", code}, {"message", message}, {"details", Json::array()}}}});
}

std::optional<std::string> ProviderList(const Providers& providers, const PageQuery& query) {
  const auto page = query.Number("page", 1, kMaxPage, 1);
  const auto size = query.Number("page_size", 1, kMaxPageSize, 20);
  if (!page || !size) return std::nullopt;
  const std::string type = query.Text("type");
  std::vector<const AxonFlowTarget*> found;
  for (const AxonFlowTarget& target : providers.targets) {
    if ((type.empty() || target.provider == type) && query.Text("enabled") != "false")
      found.push_back(&target);
  }
  Json list = Json::array();
  for (uint64_t i = (*page - 1) * *size; i < std::min<uint64_t>(found.size(), *page * *size); ++i) {
    list.push_back(ToJson(providers, *found[i]));
  }
  return Text({{"providers", std::move(list)},
               {"pagination",
                {{"page", *page},
                 {"page_size", *size},
                 {"total_items", found.size()},
                 {"total_pages", (found.size() + *size - 1) / *size}}}});
}

std::optional<std::string> ProviderPage(const Providers& providers, std::string_view name) {
  const AxonFlowTarget* const target = TargetOf(providers, name);
  if (target == nullptr) return std::nullopt;
  return Text({{"provider", ToJson(providers, *target)}});
}

std::optional<std::string> ProviderHealth(const Providers& providers, std::string_view name) {
  if (TargetOf(providers, name) == nullptr) return std::nullopt;
  return Text({{"name", name}, {"health", HealthOf(StatusOf(providers, name), providers.now_us)}});
}

std::string ProviderStatuses(const Providers& providers) {
  Json all = Json::object();
  for (const AxonFlowTarget& target : providers.targets) {
    all[target.id] = HealthOf(StatusOf(providers, target.id), providers.now_us);
  }
  return Text({{"providers", std::move(all)}});
}

std::string ProviderRouting(const Providers& providers) {
  Json weights = Json::object();
  for (const AxonFlowTarget& target : providers.targets) weights[target.id] = WeightOf(providers, target);
  return Text({{"weights", std::move(weights)}});
}

std::string ProviderWeights(const Providers& providers) {
  Json weights = Json::object();
  for (const auto& [id, share] : Shares(providers)) weights[id] = share / 100;
  return Text({{"success", true}, {"weights", std::move(weights)}});
}

std::string ProviderTypes(const Providers& providers) {
  std::set<std::string_view> seen;
  Json types = Json::array();
  for (const AxonFlowTarget& target : providers.targets) {
    if (!seen.insert(target.provider).second) continue;
    types.push_back({{"type", target.provider}, {"community", true}, {"required_tier", ""}});
  }
  const size_t count = types.size();
  return Text({{"provider_types", std::move(types)}, {"count", count}});
}

std::string ProviderUses(const Providers& providers, const MeterFigures& figures) {
  Json all = Json::object();
  for (const AxonFlowTarget& target : providers.targets) {
    const auto found = figures.targets.find(target.id);
    const TargetUse use = found == figures.targets.end() ? TargetUse() : found->second;
    Json json = {
        {"name", target.id},
        {"healthy", std::string_view(HealthName(StatusOf(providers, target.id))) == "healthy"},
        {"weight", WeightOf(providers, target) / 100.0},
        {"request_count", use.requests},
        {"error_count", use.errors},
        {"avg_latency_ms", use.requests == 0 ? 0.0 : use.sum_ms / static_cast<double>(use.requests)}};
    if (use.requests > 0) json["last_used"] = Rfc3339(use.last_used_us);
    all[target.id] = std::move(json);
  }
  return Text(all);
}

std::string CircuitPage(const Providers& providers) {
  Json circuits = Json::array();
  size_t open = 0;
  for (const TargetStatus& status : providers.statuses) {
    if (status.circuit == 0) continue;
    open += status.circuit == kOpen ? 1 : 0;
    Json json = {{"id", status.id},
                 {"scope", "provider"},
                 {"scope_id", status.id},
                 {"org_id", ""},
                 {"state", status.circuit == kOpen ? "open" : "half_open"},
                 {"trip_reason", status.last_error},
                 {"tripped_by", "gateway"},
                 {"error_rate", status.error_rate}};
    if (!status.trips.empty()) {
      json["tripped_at"] = Rfc3339(status.trips.back().opened_us);
      json["error_count"] = status.trips.back().failures;
    }
    if (status.circuit == kOpen) {
      json["expires_at"] = Rfc3339(providers.now_us + static_cast<int64_t>(status.open_for_ms) * 1000);
    }
    circuits.push_back(std::move(json));
  }
  const size_t count = circuits.size();
  const bool stopped = open > 0 && open == providers.statuses.size();
  return Text(
      {{"success", true},
       {"data",
        {{"active_circuits", std::move(circuits)}, {"count", count}, {"emergency_stop_active", stopped}}}});
}

std::optional<std::string> CircuitHistoryPage(const Providers& providers, const PageQuery& query) {
  const auto limit = query.Number("limit", 1, kMaxTrips, kTrips);
  if (!limit) return std::nullopt;
  std::vector<std::pair<const CircuitTrip*, const TargetStatus*>> trips;
  for (const TargetStatus& status : providers.statuses) {
    for (const CircuitTrip& trip : status.trips) trips.emplace_back(&trip, &status);
  }
  std::stable_sort(trips.begin(), trips.end(),
                   [](const auto& a, const auto& b) { return a.first->opened_us > b.first->opened_us; });
  if (trips.size() > *limit) trips.resize(*limit);
  Json history = Json::array();
  for (const auto& [trip, status] : trips) history.push_back(ToJson(*trip, *status));
  const size_t count = history.size();
  return Text({{"success", true}, {"data", {{"history", std::move(history)}, {"count", count}}}});
}

std::string CircuitConfigPage(const AxonFlowLive& live, const PageQuery& query) {
  const AxonFlowCircuits& circuits = live.circuits;
  Json config = {{"source", "global"},
                 {"error_threshold", circuits.error_threshold},
                 {"violation_threshold", 0},
                 {"window_seconds", circuits.window_seconds},
                 {"default_timeout_seconds", circuits.default_timeout_seconds},
                 {"max_timeout_seconds", circuits.max_timeout_seconds},
                 {"enable_auto_recovery", true},
                 {"overrides", Json::object()}};
  if (const std::string tenant = query.Text("tenant_id"); !tenant.empty()) config["tenant_id"] = tenant;
  return Text({{"success", true}, {"data", std::move(config)}});
}

std::optional<std::string> PricingPage(const AxonFlowLive& live, const PageQuery& query) {
  const std::string provider = query.Text("provider"), model = query.Text("model");
  if (!provider.empty() && !model.empty()) {
    const auto price = live.price(provider, model);
    if (!price) return std::nullopt;
    return Text(PriceJson(provider, model, *price));
  }
  std::set<std::pair<std::string_view, std::string_view>> seen;
  Json list = Json::array();
  for (const AxonFlowTarget& target : live.targets) {
    if (!provider.empty() && target.provider != provider) continue;
    if (target.model.empty() || (!model.empty() && target.model != model)) continue;
    const auto price = live.price(target.provider, target.model);
    if (!price || !seen.insert({target.provider, target.model}).second) continue;
    list.push_back(PriceJson(target.provider, target.model, *price));
  }
  return Text({{"pricing", std::move(list)}});
}

}  // namespace portcullis::edge
