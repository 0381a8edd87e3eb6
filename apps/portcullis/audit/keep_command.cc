#include "apps/portcullis/audit/keep_command.h"

#include <nlohmann/json.hpp>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/domain/query_json.h"

namespace portcullis::audit_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kPause{100};

Json Order(const audit::Query& query, const std::string& reason) {
  return {{"query", Json::parse(audit::QueryJson(query))}, {"reason", reason}};
}

std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

absl::Status Ask(const AskKeeper& ask, const std::string& method, const std::string& path,
                 const std::string& body, Json* answer) {
  ASSIGN_OR_RETURN(const std::string text, ask(method, path, body));
  *answer = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (answer->is_object()) return absl::OkStatus();
  return absl::InternalError("the admin port's answer is no JSON object");
}

}  // namespace

std::string ErrorMessage(const std::string& body) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return "";
  return json.value(Json::json_pointer("/error/message"), "");
}

absl::Status RunHold(const AskKeeper& ask, const audit::Query& query, const std::string& reason,
                     std::ostream& out) {
  Json hold;
  RETURN_IF_ERROR(Ask(ask, "POST", "/audit/holds", Text(Order(query, reason)), &hold));
  out << "hold " << hold.value("id", "") << "\n";
  return absl::OkStatus();
}

absl::Status RunHolds(const AskKeeper& ask, std::ostream& out) {
  Json answer;
  RETURN_IF_ERROR(Ask(ask, "GET", "/audit/holds", "", &answer));
  for (const Json& hold : answer.value("holds", Json::array())) {
    out << Text(hold) << "\n";
  }
  return absl::OkStatus();
}

absl::Status RunRelease(const AskKeeper& ask, const std::string& id, const std::string& reason,
                        std::ostream& out) {
  const Json order = {{"reason", reason}};
  Json answer;
  RETURN_IF_ERROR(Ask(ask, "POST", base::StrCat("/audit/holds/", id, "/release"), order.dump(), &answer));
  out << "released " << id << "\n";
  return absl::OkStatus();
}

absl::Status RunErase(const AskKeeper& ask, const audit::Query& query, bool only_content,
                      const std::string& reason, base::Sleeper& sleeper, std::ostream& out) {
  Json order = Order(query, reason);
  if (only_content) order["only_content"] = true;
  Json answer;
  RETURN_IF_ERROR(Ask(ask, "POST", "/audit/removals", Text(order), &answer));
  const std::string id = answer.value(Json::json_pointer("/last/request_id"), "");
  while (answer.value(Json::json_pointer("/last/running"), false)) {
    sleeper.Sleep(kPause);
    RETURN_IF_ERROR(Ask(ask, "GET", "/audit/removals", "", &answer));
  }
  if (answer.value(Json::json_pointer("/last/request_id"), "") != id) {
    return absl::UnavailableError("another removal began meanwhile: the log has the record of this one, " +
                                  id);
  }
  const std::string error = answer.value(Json::json_pointer("/last/error"), "");
  if (!error.empty()) return absl::InternalError(error);
  const Json& last = answer["last"];
  out << "removed " << (only_content ? "the content of " : "") << last.value("removed", uint64_t{0})
      << " records; " << last.value("held", uint64_t{0}) << " stay by a legal hold; "
      << last.value("contents", uint64_t{0}) << " captured contents went, and "
      << last.value("keys", uint64_t{0}) << " keys of subjects; record " << id << "\n";
  return absl::OkStatus();
}

}  // namespace portcullis::audit_cli
