#include "apps/portcullis/audit/keeper_pages.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/portcullis/audit/page_answer.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/domain/query_json.h"

namespace portcullis::audit_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kHolds = "holds", kHold = "holds/", kRelease = "/release", kRemovals = "removals";

// What a POST says.
struct Order {
  audit::Query query;
  std::string reason;
  bool only_content = false;
};

absl::StatusOr<Order> ReadOrder(const std::string& body, bool with_query) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const bool scoped = with_query && json.is_object() && json.contains("only_content");
  const bool well_formed = json.is_object() && json.contains("reason") && json["reason"].is_string() &&
                           json.contains("query") == with_query &&
                           (!scoped || json["only_content"].is_boolean()) &&
                           json.size() == (with_query ? 2u : 1u) + (scoped ? 1 : 0);
  if (!well_formed) {
    return absl::InvalidArgumentError(with_query ? R"(send {"query": {...}, "reason": "..."})"
                                                 : R"(send {"reason": "..."})");
  }
  Order order;
  order.reason = json["reason"].get<std::string>();
  if (!with_query) return order;
  if (scoped) order.only_content = json["only_content"].get<bool>();
  ASSIGN_OR_RETURN(order.query, audit::ParseQuery(json["query"].dump()));
  return order;
}

Json ToJson(const audit::Hold& hold) {
  return {{"id", hold.id},
          {"time_us", hold.time_us},
          {"by", hold.by},
          {"reason", hold.reason},
          {"query", Json::parse(audit::QueryJson(hold.query))}};
}

std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

absl::StatusOr<std::string> AllHolds(audit::LogKeeper& keeper) {
  ASSIGN_OR_RETURN(const std::vector<audit::Hold> holds, keeper.Holds());
  Json list = Json::array();
  for (const audit::Hold& hold : holds) list.push_back(ToJson(hold));
  const Json json = {{"holds", std::move(list)}};
  return Text(json);
}

std::string LastRemoval(audit::LogKeeper& keeper) {
  const std::optional<audit::RemovalState> last = keeper.LastRemoval();
  if (!last) return R"({"last":null})";
  const Json json = {{"last",
                      {{"request_id", last->request_id},
                       {"running", last->running},
                       {"removed", last->removed},
                       {"held", last->held},
                       {"contents", last->contents},
                       {"keys", last->keys},
                       {"error", base::Message(last->status)}}}};
  return Text(json);
}

absl::StatusOr<std::string> Do(audit::LogKeeper& keeper, std::string_view page,
                               const http::Request& request) {
  const audit::Operator by = {std::string(request.headers.GetOr("x-portcullis-operator")),
                              request.remote_address};
  const bool release = page.starts_with(kHold);
  ASSIGN_OR_RETURN(const Order order, ReadOrder(request.body, !release));
  if (page == kHolds) {
    if (order.only_content) return absl::InvalidArgumentError("a hold keeps records with their content");
    ASSIGN_OR_RETURN(const audit::Hold hold, keeper.PlaceHold(order.query, order.reason, by));
    return Text(ToJson(hold));
  }
  if (release) {
    const std::string_view id = page.substr(kHold.size(), page.size() - kHold.size() - kRelease.size());
    RETURN_IF_ERROR(keeper.ReleaseHold(std::string(id), order.reason, by));
    return AllHolds(keeper);
  }
  RETURN_IF_ERROR(keeper.Remove(order.query, order.reason, by, order.only_content).status());
  return LastRemoval(keeper);
}

http::Response Answer(absl::StatusOr<std::string> body) {
  if (!body.ok()) return FailureAnswer(body.status());
  return {200, {{"content-type", "application/json"}}, *std::move(body)};
}

}  // namespace

std::optional<http::Response> KeeperPage(audit::LogKeeper& keeper, std::string_view page,
                                         const http::Request& request) {
  const bool release =
      page.starts_with(kHold) && page.ends_with(kRelease) && page.size() > kHold.size() + kRelease.size();
  if (page != kHolds && page != kRemovals && !release) return std::nullopt;
  if (request.method == "POST") return Answer(Do(keeper, page, request));
  if (release || (request.method != "GET" && request.method != "HEAD")) {
    return ErrorAnswer(405, "method_not_allowed",
                       "Holds and removals are asked for with GET, and made with POST.");
  }
  return page == kHolds ? Answer(AllHolds(keeper)) : Answer(LastRemoval(keeper));
}

}  // namespace portcullis::audit_cli
