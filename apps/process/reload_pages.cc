#include "apps/process/reload_pages.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace portcullis::app {
namespace {

using Json = nlohmann::ordered_json;

http::Response Answer(int status, const Json& json) {
  return {status,
          {{"content-type", "application/json"}},
          json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

http::Response Error(int status, std::string_view code, std::string_view message) {
  return Answer(status, {{"error", {{"code", code}, {"message", message}}}});
}

}  // namespace

std::optional<http::Response> ReloadPage(Reloader& reloader, const http::Request& request) {
  if (request.path != "/config/reload") return std::nullopt;
  if (request.method != "POST") return Error(405, "method_not_allowed", "A reload is asked for with POST.");
  const ReloadResult result = reloader.Reload("admin");
  Json json = {{"result", OutcomeName(result.outcome)},
               {"version", result.version},
               {"restart_needed", result.restart_needed}};
  if (result.outcome != ReloadResult::Outcome::kRejected) return Answer(200, json);
  json["problems"] = result.problems;
  return Answer(422, json);
}

}  // namespace portcullis::app
