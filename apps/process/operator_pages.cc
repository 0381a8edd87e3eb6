#include "apps/process/operator_pages.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;
using telemetry::LogLevel;

constexpr std::string_view kLevelPath = "/log-level";
constexpr std::string_view kDrainPath = "/drain";
constexpr size_t kMaxUserBytes = 256;
constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"debug", LogLevel::kDebug},
                                                             {"info", LogLevel::kInfo},
                                                             {"warning", LogLevel::kWarning},
                                                             {"error", LogLevel::kError}};

http::Response Answer(int status, const Json& json) {
  return {status,
          {{"content-type", "application/json"}},
          json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

http::Response Error(int status, std::string_view code, std::string_view message) {
  return Answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

http::Response WantsPost() { return Error(405, "method_not_allowed", "Changes are sent with POST."); }

http::Response LevelAnswer(const telemetry::JsonLogger& logger) {
  std::string_view name = "error";
  for (const auto& [text, level] : kLevels) {
    if (level == logger.level()) name = text;
  }
  return Answer(200, {{"level", name}});
}

http::Response SetLevel(OperatorActions& actions, telemetry::JsonLogger& logger, const http::Request& request,
                        std::string_view wanted) {
  for (const auto& [text, level] : kLevels) {
    if (text != wanted) continue;
    const router::OperatorCall by = OperatorOf(request, kLevelPath);
    const auto tell = [&] {
      logger.Warning("log level changed by an operator",
                     {{"log_level", wanted}, {"user", by.user}, {"address", by.address}});
    };
    const absl::Status done =
        actions.Do({"log_level", base::StrCat("log-level/", text)}, by, [&, level = level] {
          // Told at the more talkative of the two levels.
          if (level == LogLevel::kError) tell();
          logger.SetLevel(level);
          if (level != LogLevel::kError) tell();
          return absl::OkStatus();
        });
    if (!done.ok()) return Error(503, "unavailable", base::Message(done));
    return LevelAnswer(logger);
  }
  return Error(404, "not_found", "The levels are debug, info, warning and error.");
}

http::Response Level(OperatorActions& actions, telemetry::JsonLogger& logger, const http::Request& request,
                     std::string_view rest) {
  if (rest.empty() && (request.method == "GET" || request.method == "HEAD")) return LevelAnswer(logger);
  if (request.method != "POST") return WantsPost();
  return SetLevel(actions, logger, request, rest.empty() ? rest : rest.substr(1));
}

http::Response Drain(OperatorActions& actions, telemetry::JsonLogger& logger, const http::Request& request,
                     const std::function<void()>& drain) {
  if (request.method != "POST") return WantsPost();
  const router::OperatorCall by = OperatorOf(request, kDrainPath);
  const absl::Status done = actions.Do({"drain_process", "process"}, by, [&] {
    logger.Warning("drain asked for by an operator", {{"user", by.user}, {"address", by.address}});
    return absl::OkStatus();
  });
  if (!done.ok()) return Error(503, "unavailable", base::Message(done));
  drain();  // when both records are in the spool, which the drain ships
  return Answer(202, {{"status", "draining"}});
}

}  // namespace

router::OperatorCall OperatorOf(const http::Request& request, std::string_view endpoint) {
  const std::string_view user = request.headers.GetOr("x-portcullis-operator").substr(0, kMaxUserBytes);
  return {std::string(user), request.remote_address, std::string(endpoint), "POST"};
}

std::function<std::optional<http::Response>(const http::Request&)> OperatorPages(
    OperatorActions& actions, telemetry::JsonLogger& logger, std::function<void()> drain) {
  return [&actions, &logger,
          drain = std::move(drain)](const http::Request& request) -> std::optional<http::Response> {
    const std::string_view path = request.path;
    if (path == kDrainPath) return Drain(actions, logger, request, drain);
    if (!path.starts_with(kLevelPath)) return std::nullopt;
    const std::string_view rest = path.substr(kLevelPath.size());
    if (!rest.empty() && rest[0] != '/') return std::nullopt;
    return Level(actions, logger, request, rest);
  };
}

}  // namespace portcullis::app
