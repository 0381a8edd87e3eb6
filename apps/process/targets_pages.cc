#include "apps/process/targets_pages.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "apps/process/operator_pages.h"
#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;
using router::TargetAction;
using router::TargetStatus;

constexpr std::string_view kPath = "/targets";
constexpr TargetAction kActions[] = {TargetAction::kDrain, TargetAction::kUndrain, TargetAction::kForceOpen,
                                     TargetAction::kForceClosed, TargetAction::kReleaseCircuit};

http::Response Answer(int status, const Json& json) {
  return {status,
          {{"content-type", "application/json"}},
          json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

http::Response Error(int status, std::string_view code, std::string_view message) {
  return Answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

std::string_view CircuitName(int circuit) {
  constexpr std::string_view kNames[] = {"closed", "half_open", "open"};
  return circuit >= 0 && circuit < 3 ? kNames[circuit] : "unknown";
}

const char* StateName(const TargetStatus& target) {
  if (!target.available) return "no_key";
  if (target.drained) return "drained";
  if (!target.healthy) return "unhealthy";
  return target.circuit == 2 ? "circuit_open" : "healthy";
}

Json ToJson(const TargetStatus& target) {
  return {{"id", target.id},
          {"provider", target.provider},
          {"model", target.model},
          {"description", target.description},
          {"available", target.available},
          {"healthy", target.healthy},
          {"drained", target.drained},
          {"circuit", CircuitName(target.circuit)},
          {"open_for_ms", target.open_for_ms},
          {"in_flight", target.in_flight},
          {"latency_us", target.latency_us},
          {"stream_latency_us", target.stream_latency_us},
          {"weight", target.weight},
          {"error_rate", target.error_rate},
          {"keys", target.keys},
          {"keys_cooling", target.keys_cooling},
          {"groups", target.groups},
          {"last_error", target.last_error}};
}

http::Response List(const router::RouterAdmin& admin) {
  Json targets = Json::array();
  for (const TargetStatus& target : admin.TargetsNow()) targets.push_back(ToJson(target));
  return Answer(200, {{"targets", std::move(targets)}});
}

// `rest` is "ID/ACTION"; an id may hold slashes.
http::Response Control(router::RouterAdmin& admin, const http::Request& request, std::string_view rest) {
  if (request.method != "POST") return Error(405, "method_not_allowed", "Actions are sent with POST.");
  const size_t slash = rest.rfind('/');
  const std::string_view name = slash == rest.npos ? "" : rest.substr(slash + 1);
  for (const TargetAction action : kActions) {
    if (router::TargetActionName(action) != name) continue;
    const absl::Status status = admin.Control(rest.substr(0, slash), action, OperatorOf(request, kPath));
    if (absl::IsNotFound(status)) return Error(404, "not_found", base::Message(status));
    if (!status.ok()) return Error(503, "unavailable", base::Message(status));
    return List(admin);
  }
  return Error(404, "not_found",
               "The actions are drain, undrain, force_open, force_closed and release_circuit.");
}

}  // namespace

std::function<std::optional<http::Response>(const http::Request&)> TargetsPages(router::RouterAdmin* admin) {
  return [admin](const http::Request& request) -> std::optional<http::Response> {
    const std::string_view path = request.path;
    if (path.substr(0, kPath.size()) != kPath) return std::nullopt;
    const std::string_view rest = path.substr(kPath.size());
    if (!rest.empty() && rest[0] != '/') return std::nullopt;
    if (admin == nullptr) {
      return Error(404, "no_router", "No router runs in this process: ask the router's admin port.");
    }
    if (!rest.empty()) return Control(*admin, request, rest.substr(1));
    if (request.method != "GET" && request.method != "HEAD") {
      return Error(405, "method_not_allowed", "Targets are listed with GET.");
    }
    return List(*admin);
  };
}

std::vector<http::ReadyTarget> ReadyTargets(const std::vector<TargetStatus>& targets) {
  std::vector<http::ReadyTarget> ready;
  for (const TargetStatus& target : targets) {
    if (ready.size() == kMaxReadyTargets) break;
    ready.push_back({target.id, StateName(target), target.description});
  }
  return ready;
}

}  // namespace portcullis::app
