#include "apps/portcullis/targets/targets_command.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "apps/portcullis/targets/page_text.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::targets {
namespace {

using Json = nlohmann::json;

std::string State(const Json& target) {
  if (!Flag(target, "available")) return "no key";
  if (Flag(target, "drained")) return "drained";
  return Flag(target, "healthy") ? "healthy" : "unhealthy";
}

std::string Circuit(const Json& target) {
  const double wait_ms = Number(target, "open_for_ms");
  return Text(target, "circuit") + (wait_ms > 0 ? Fixed(wait_ms / 1000, " %.0fs") : "");
}

std::string Millis(double micros) { return micros > 0 ? Fixed(micros / 1000, "%.0f ms") : "-"; }

std::string Keys(const Json& target) {
  const double all = Number(target, "keys");
  return Fixed(all - Number(target, "keys_cooling"), "%.0f/") + Fixed(all, "%.0f");
}

Row ToRow(const Json& target) {
  return {Text(target, "id"),
          Text(target, "model"),
          State(target),
          Circuit(target),
          Fixed(Number(target, "in_flight"), "%.0f"),
          Millis(Number(target, "latency_us")),
          Millis(Number(target, "stream_latency_us")),
          Fixed(Number(target, "error_rate") * 100, "%.0f%%"),
          Keys(target),
          Text(target, "description"),
          Text(target, "last_error")};
}

// What the admin port says went wrong.
absl::Status Refused(const AdminAnswer& answer) {
  const Json json = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  std::string message = base::StrCat("the admin port answered ", answer.status);
  if (json.is_object() && json.contains("error") && json["error"].is_object()) {
    if (std::string text = Text(json["error"], "message"); !text.empty()) message = text;
  }
  return answer.status == 404 ? absl::NotFoundError(message) : absl::InternalError(message);
}

}  // namespace

absl::StatusOr<std::string> TargetsTable(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("targets") || !json["targets"].is_array()) {
    return absl::InvalidArgumentError("the admin port's answer is no list of targets");
  }
  std::vector<Row> rows = {{"TARGET", "MODEL", "STATE", "CIRCUIT", "BUSY", "LATENCY", "FIRST BYTE", "ERRORS",
                            "KEYS", "DESCRIPTION", "LAST ERROR"}};
  for (const Json& target : json["targets"]) {
    if (target.is_object()) rows.push_back(ToRow(target));
  }
  return Table(rows);
}

absl::Status RunTargets(const Ask& ask, const TargetsOptions& options, std::ostream& out) {
  const bool list = options.action.empty();
  const std::string path = list ? "/targets" : base::StrCat("/targets/", options.target, "/", options.action);
  ASSIGN_OR_RETURN(const AdminAnswer answer, ask(list ? "GET" : "POST", path));
  if (answer.status != 200) return Refused(answer);
  if (options.json) {
    out << answer.body << "\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string table, TargetsTable(answer.body));
  out << table;
  return absl::OkStatus();
}

}  // namespace portcullis::targets
