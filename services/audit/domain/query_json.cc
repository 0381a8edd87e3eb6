#include "services/audit/domain/query_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/domain/query.h"

namespace portcullis::audit {
namespace {

using Json = nlohmann::ordered_json;

std::string* TextField(Query& query, std::string_view name) {
  if (name == "request_id") return &query.request_id;
  if (name == "text") return &query.text;
  const auto found = std::find_if(kDimensions.begin(), kDimensions.end(),
                                  [&](const Dimension& d) { return d.name == name; });
  return found == kDimensions.end() ? nullptr : &(query.*found->query);
}

// False: no such field, or not its type.
bool ReadField(std::string_view name, const Json& value, Query* query) {
  if (std::string* text = TextField(*query, name); text != nullptr && value.is_string()) {
    *text = value.get<std::string>();
    return true;
  }
  if (name == "since_us" && value.is_number_integer()) return query->since_us = value.get<int64_t>(), true;
  if (name == "until_us" && value.is_number_integer()) return query->until_us = value.get<int64_t>(), true;
  if (name == "min_cost_usd" && value.is_number()) return query->min_cost_usd = value.get<double>(), true;
  if (name == "max_cost_usd" && value.is_number()) return query->max_cost_usd = value.get<double>(), true;
  return false;
}

}  // namespace

std::string QueryJson(const Query& query) {
  Json json = Json::object();
  if (query.since_us != 0) json["since_us"] = query.since_us;
  if (query.until_us != 0) json["until_us"] = query.until_us;
  for (const Dimension& dimension : kDimensions) {
    const std::string& text = query.*dimension.query;
    if (!text.empty()) json[std::string(dimension.name)] = text;
  }
  if (!query.request_id.empty()) json["request_id"] = query.request_id;
  if (!query.text.empty()) json["text"] = query.text;
  if (query.min_cost_usd) json["min_cost_usd"] = *query.min_cost_usd;
  if (query.max_cost_usd) json["max_cost_usd"] = *query.max_cost_usd;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<Query> ParseQuery(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("the query is no JSON object");
  Query query;
  for (const auto& [name, value] : json.items()) {
    if (ReadField(name, value, &query)) continue;
    return absl::InvalidArgumentError(base::StrCat("query.", name.substr(0, kMaxQueryText),
                                                   ": there is no such field, or not with such a value"));
  }
  RETURN_IF_ERROR(Validate(query));
  return query;
}

}  // namespace portcullis::audit
