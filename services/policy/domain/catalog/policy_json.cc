#include "services/policy/domain/catalog/policy_json.h"

#include <nlohmann/json.hpp>

#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

using Json = nlohmann::ordered_json;

Json PairsToJson(const CatalogPolicy& policy, Json json) {
  Json conditions = Json::array();
  for (const CatalogCondition& one : policy.conditions) conditions.push_back({one.field, one.op, one.value});
  Json actions = Json::array();
  for (const CatalogAction& one : policy.actions) actions.push_back({one.type, one.config});
  json["conditions"] = std::move(conditions);
  json["actions"] = std::move(actions);
  return json;
}

void PairsFromJson(const Json& json, CatalogPolicy* policy) {
  for (const Json& one : json.at("conditions"))
    policy->conditions.push_back({one.at(0), one.at(1), one.at(2)});
  for (const Json& one : json.at("actions")) policy->actions.push_back({one.at(0), one.at(1)});
}

CatalogPolicy Read(const Json& json) {
  CatalogPolicy policy;
  policy.kind = json.at("kind") == "dynamic" ? CatalogKind::kDynamic : CatalogKind::kStatic;
  policy.id = json.at("id");
  policy.tenant = json.at("tenant");
  policy.tier = json.at("tier");
  policy.name = json.at("name");
  policy.description = json.at("description");
  policy.category = json.at("category");
  policy.priority = json.at("priority");
  policy.enabled = json.at("enabled");
  policy.pattern = json.at("pattern");
  policy.severity = json.at("severity");
  policy.action = json.at("action");
  policy.tags = json.at("tags").get<std::vector<std::string>>();
  policy.type = json.at("type");
  policy.version = json.at("version");
  policy.created_us = json.at("created_us");
  policy.updated_us = json.at("updated_us");
  policy.created_by = json.at("created_by");
  policy.updated_by = json.at("updated_by");
  PairsFromJson(json, &policy);
  return policy;
}

}  // namespace

std::string PolicyToJson(const CatalogPolicy& policy) {
  const bool dynamic = policy.kind == CatalogKind::kDynamic;
  const Json json = {{"kind", dynamic ? "dynamic" : "static"},
                     {"id", policy.id},
                     {"tenant", policy.tenant},
                     {"tier", policy.tier},
                     {"name", policy.name},
                     {"description", policy.description},
                     {"category", policy.category},
                     {"priority", policy.priority},
                     {"enabled", policy.enabled},
                     {"pattern", policy.pattern},
                     {"severity", policy.severity},
                     {"action", policy.action},
                     {"tags", policy.tags},
                     {"type", policy.type},
                     {"version", policy.version},
                     {"created_us", policy.created_us},
                     {"updated_us", policy.updated_us},
                     {"created_by", policy.created_by},
                     {"updated_by", policy.updated_by}};
  return PairsToJson(policy, json).dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<CatalogPolicy> PolicyFromJson(std::string_view text) {
  try {
    return Read(Json::parse(text));
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(base::StrCat("it is no policy: ", error.what()));
  }
}

}  // namespace portcullis::policy
