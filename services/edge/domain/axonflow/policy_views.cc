#include "services/edge/domain/axonflow/policy_views.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <tuple>

#include "services/edge/domain/axonflow/answers.h"
#include "services/edge/domain/axonflow/json_text.h"
#include "services/edge/domain/axonflow/policy_bodies.h"

namespace portcullis::edge {
namespace {

using Json = nlohmann::ordered_json;
using policy::CatalogKind;
using policy::CatalogPolicy;

constexpr uint64_t kMaxPageSize = 1'000, kMaxPage = 1'000'000, kPageSize = 20;

// JSON as a client gave it; what is none, by a store that was tampered with, becomes a text.
Json Parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() || json.is_null() ? Json(text) : json;
}

Json ToJson(const CatalogPolicy& policy) {
  Json json = {{"id", policy.id},
               {"policy_id", policy.id},
               {"name", policy.name},
               {"description", policy.description},
               {"category", policy.category},
               {"tier", policy.tier},
               {"priority", policy.priority},
               {"enabled", policy.enabled},
               {"version", policy.version},
               {"tenant_id", policy.tenant},
               {"organization_id", ""},
               {"tags", policy.tags},
               {"created_at", Rfc3339(policy.created_us)},
               {"updated_at", Rfc3339(policy.updated_us)},
               {"created_by", policy.created_by},
               {"updated_by", policy.updated_by}};
  if (policy.kind == CatalogKind::kStatic) {
    json["pattern"] = policy.pattern;
    json["severity"] = policy.severity;
    json["action"] = policy.action;
    json["has_override"] = false;
    json["metadata"] = Json::object();
    return json;
  }
  json["type"] = policy.type;
  Json conditions = Json::array();
  for (const policy::CatalogCondition& one : policy.conditions) {
    conditions.push_back({{"field", one.field}, {"operator", one.op}, {"value", Parsed(one.value)}});
  }
  json["conditions"] = std::move(conditions);
  Json actions = Json::array();
  for (const policy::CatalogAction& one : policy.actions) {
    actions.push_back({{"type", one.type}, {"config", Parsed(one.config)}});
  }
  json["actions"] = std::move(actions);
  return json;
}

Json ToJson(const Policies& policies) {
  Json list = Json::array();
  for (const CatalogPolicy& policy : policies) list.push_back(ToJson(policy));
  return list;
}

std::string Lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

bool Fits(const CatalogPolicy& policy, const PageQuery& query) {
  const auto differs = [&](std::string_view name, std::string_view value) {
    const std::string asked = query.Text(name);
    return !asked.empty() && asked != value;
  };
  if (differs("tier", policy.tier) || differs("category", policy.category) || differs("type", policy.type) ||
      differs("enabled", policy.enabled ? "true" : "false") || differs("organization_id", "")) {
    return false;
  }
  const std::string search = Lowered(query.Text("search"));
  return search.empty() || Lowered(policy.name + "\n" + policy.description + "\n" + policy.id).find(search) !=
                               std::string::npos;
}

void Sort(const PageQuery& query, Policies* policies) {
  const std::string by = query.Text("sort_by");
  const bool descending = query.Text("sort_order") == "desc";
  const auto before = [&](const CatalogPolicy& a, const CatalogPolicy& b) {
    if (by == "name") return a.name < b.name;
    if (by == "category") return a.category < b.category;
    if (by == "severity") return a.severity < b.severity;
    if (by == "created_at") return a.created_us < b.created_us;
    if (by == "updated_at") return a.updated_us < b.updated_us;
    if (by == "priority") return a.priority < b.priority;
    return false;
  };
  std::sort(policies->begin(), policies->end(), [](const CatalogPolicy& a, const CatalogPolicy& b) {
    const bool a_system = a.tier == policy::kSystemTier, b_system = b.tier == policy::kSystemTier;
    return std::tie(a_system, a.priority, a.created_us, a.id) <
           std::tie(b_system, b.priority, b.created_us, b.id);
  });
  if (by.empty()) return;
  std::stable_sort(policies->begin(), policies->end(), [&](const CatalogPolicy& a, const CatalogPolicy& b) {
    return descending ? before(b, a) : before(a, b);
  });
}

// Those that hold, or with `include_disabled` all, in the order in which they decide.
Policies Effective(const Policies& policies, const PageQuery& query) {
  Policies found;
  const std::string category = query.Text("category");
  for (const CatalogPolicy& policy : policies) {
    if (!policy.enabled && query.Text("include_disabled") != "true") continue;
    if (category.empty() || policy.category == category) found.push_back(policy);
  }
  Sort(PageQuery(""), &found);
  return found;
}

const char* CodeOf(int status, std::string_view message) {
  if (status == 400) return message == kPolicyBodyNotJson ? "INVALID_JSON" : "VALIDATION_ERROR";
  if (status == 403) return "LICENSE_ERROR";
  if (status == 404) return "NOT_FOUND";
  if (status == 405) return "METHOD_NOT_ALLOWED";
  if (status == 409) return "CONFLICT";
  return "INTERNAL_ERROR";
}

// "conditions[0].field: must be ..." tells the field.
Json DetailsOf(std::string_view message) {
  const size_t colon = message.find(": ");
  const bool field = colon != message.npos && message.substr(0, colon).find(' ') == message.npos;
  if (!field) return Json::array();
  return Json::array({{{"field", message.substr(0, colon)}, {"message", message.substr(colon + 2)}}});
}

}  // namespace

std::optional<std::string> PolicyList(Policies policies, const PageQuery& query) {
  const auto page_size = query.Number("page_size", 1, kMaxPageSize, kPageSize);
  const auto limit = query.Number("limit", 1, kMaxPageSize, page_size.value_or(kPageSize));
  const auto page = query.Number("page", 1, kMaxPage, 1);
  if (!page_size || !limit || !page) return std::nullopt;
  const auto offset = query.Number("offset", 0, kMaxPage * kMaxPageSize, (*page - 1) * *limit);
  if (!offset) return std::nullopt;
  std::erase_if(policies, [&](const CatalogPolicy& policy) { return !Fits(policy, query); });
  Sort(query, &policies);
  Json list = Json::array();
  for (uint64_t i = *offset; i < std::min<uint64_t>(policies.size(), *offset + *limit); ++i) {
    list.push_back(ToJson(policies[i]));
  }
  return Text({{"policies", std::move(list)},
               {"pagination",
                {{"page", *offset / *limit + 1},
                 {"page_size", *limit},
                 {"total_items", policies.size()},
                 {"total_pages", (policies.size() + *limit - 1) / *limit}}}});
}

std::string PolicyPage(const CatalogPolicy& policy) {
  if (policy.kind == CatalogKind::kStatic) return Text(ToJson(policy));
  return Text({{"policy", ToJson(policy)}});
}

std::string EffectivePolicies(const Policies& statics, const Policies& dynamics, const PageQuery& query,
                              std::string_view tenant, int64_t now_us) {
  return Text({{"static", ToJson(Effective(statics, query))},
               {"dynamic", ToJson(Effective(dynamics, query))},
               {"tenant_id", tenant},
               {"computed_at", Rfc3339(now_us)}});
}

std::string EffectiveDynamicPolicies(const Policies& dynamics, const PageQuery& query,
                                     std::string_view tenant, int64_t now_us) {
  const Policies found = Effective(dynamics, query);
  return Text({{"policies", ToJson(found)},
               {"count", found.size()},
               {"tenant_id", tenant},
               {"computed_at", Rfc3339(now_us)}});
}

std::string PolicyVersions(std::string_view id, const std::vector<policy::CatalogVersion>& versions) {
  Json list = Json::array();
  for (const policy::CatalogVersion& one : versions) {
    const CatalogPolicy& policy = one.policy;
    list.push_back({{"id", policy.id + ".v" + std::to_string(policy.version)},
                    {"policy_id", policy.id},
                    {"version", policy.version},
                    {"changed_by", policy.updated_by},
                    {"changed_at", Rfc3339(policy.updated_us)},
                    {"change_type", one.change},
                    {"change_summary", one.summary},
                    {"snapshot", ToJson(policy)}});
  }
  const size_t count = list.size();
  return Text({{"policy_id", id}, {"versions", std::move(list)}, {"count", count}});
}

std::string PatternTestPage(std::string_view pattern, const std::vector<std::string>& inputs,
                            const policy::PatternTrial& trial) {
  Json json = {{"valid", trial.error.empty()}, {"pattern", pattern}, {"inputs", inputs}};
  if (!trial.error.empty()) json["error"] = trial.error;
  Json matches = Json::array();
  if (trial.error.empty()) {
    for (const policy::PatternTrial::Match& match : trial.matches) {
      matches.push_back({{"input", match.input}, {"matched", !match.texts.empty()}, {"groups", match.texts}});
    }
  }
  json["matches"] = std::move(matches);
  return Text(json);
}

std::string PolicyTestPage(const policy::PolicyTrial& trial) {
  Json actions = Json::array();
  for (const policy::CatalogAction& one : trial.actions) {
    actions.push_back({{"type", one.type}, {"config", Parsed(one.config)}});
  }
  return Text({{"matched", trial.matched},
               {"blocked", trial.blocked},
               {"actions", std::move(actions)},
               {"explanation", trial.explanation},
               {"eval_time_ms", static_cast<double>(trial.micros) / 1000.0}});
}

std::string PolicyExport(const Policies& policies, int64_t now_us) {
  Policies own;
  for (const CatalogPolicy& policy : policies) {
    if (policy.tier != policy::kSystemTier) own.push_back(policy);
  }
  Sort(PageQuery(""), &own);
  return Text({{"policies", ToJson(own)}, {"count", own.size()}, {"exported_at", Rfc3339(now_us)}});
}

std::string ImportPage(const ImportOutcome& outcome) {
  return Text({{"success", outcome.errors.empty()},
               {"created", outcome.created},
               {"updated", outcome.updated},
               {"skipped", outcome.skipped},
               {"errors", outcome.errors}});
}

std::string PolicyErrorBody(CatalogKind kind, int status, std::string_view message) {
  if (kind == CatalogKind::kStatic) return NumberedErrorBody(status, message);
  return Text({{"error",
                {{"code", CodeOf(status, message)},
                 {"message", message},
                 {"details", status == 400 ? DetailsOf(message) : Json::array()}}}});
}

}  // namespace portcullis::edge
