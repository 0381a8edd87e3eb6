#include "apps/sim/request_schema.h"

#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

ApiError ValidationError(const json::array& issues) {
  return {.status = 422,
          .body = base::StrCat(R"({"object":"error","message":{"detail":)", json::serialize(issues),
                               R"(},"type":"invalid_request_error","param":null,"code":null})")};
}

// messages[0].content and the like.
std::string PathOf(const json::array& loc) {
  std::string path;
  for (size_t i = 1; i < loc.size(); ++i) {
    if (loc[i].is_string()) {
      path += base::StrCat(path.empty() ? "" : ".", std::string_view(loc[i].get_string()));
    } else {
      path += base::StrCat("[", loc[i].to_number<int64_t>(), "]");
    }
  }
  return path;
}

ApiError OpenAiError(const json::array& issues) {
  const json::object& first = issues.front().get_object();
  const std::string path = PathOf(first.at("loc").get_array());
  const std::string_view type = first.at("type").get_string();
  const std::string_view message = first.at("msg").get_string();
  if (type == "missing") {
    return MakeError(Provider::kOpenAi, 400, base::StrCat("Missing required parameter: '", path, "'."),
                     "invalid_request_error", "missing_required_parameter", path);
  }
  const bool range = type == "greater_than_equal" || type == "less_than_equal" || type == "literal_error";
  return MakeError(Provider::kOpenAi, 400, base::StrCat("Invalid value for '", path, "': ", message, "."),
                   "invalid_request_error", range ? "invalid_value" : "invalid_type", path);
}

}  // namespace

std::optional<ApiError> CheckRequest(Provider provider, Endpoint endpoint, const json::value& body) {
  Checker checker;
  if (provider != Provider::kMistral) {
    CheckOpenAiBody(checker, endpoint, body);
    if (!checker.ok()) return OpenAiError(checker.issues());
    return std::nullopt;
  }
  CheckMistralBody(checker, endpoint, body);
  if (!checker.ok()) return ValidationError(checker.issues());
  if (endpoint != Endpoint::kChat) return std::nullopt;
  return CheckMessageOrder(body.get_object().at("messages").get_array());
}

ApiError InvalidJson(Provider provider, std::string_view reason) {
  if (provider != Provider::kMistral) {
    return MakeError(provider, 400, "We could not parse the JSON body of your request.",
                     "invalid_request_error");
  }
  json::array issues;
  issues.emplace_back(json::object{{"type", "json_invalid"},
                                   {"loc", {"body", 0}},
                                   {"msg", "JSON decode error"},
                                   {"input", json::object()},
                                   {"ctx", {{"error", reason}}}});
  return ValidationError(issues);
}

}  // namespace portcullis::sim
