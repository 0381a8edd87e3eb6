// What clients of AxonFlow's policy API get.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/edge/domain/axonflow/page_query.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::edge {

using Policies = std::vector<policy::CatalogPolicy>;

// {"policies":[...],"pagination":{...}}: the filters, order and page that the query asks for; the tenant's
// own before those of the system. Nullopt: a number in the query is wrong.
std::optional<std::string> PolicyList(Policies policies, const PageQuery& query);

// A static policy bare, a dynamic one as {"policy":{...}}.
std::string PolicyPage(const policy::CatalogPolicy& policy);

// What is in effect: {"static":[...],"dynamic":[...],...}; of dynamic ones alone {"policies":[...],...}.
std::string EffectivePolicies(const Policies& statics, const Policies& dynamics, const PageQuery& query,
                              std::string_view tenant, int64_t now_us);
std::string EffectiveDynamicPolicies(const Policies& dynamics, const PageQuery& query,
                                     std::string_view tenant, int64_t now_us);

std::string PolicyVersions(std::string_view id, const std::vector<policy::CatalogVersion>& versions);
std::string PatternTestPage(std::string_view pattern, const std::vector<std::string>& inputs,
                            const policy::PatternTrial& trial);
std::string PolicyTestPage(const policy::PolicyTrial& trial);

// The tenant's own, in the form that an import takes.
std::string PolicyExport(const Policies& policies, int64_t now_us);

struct ImportOutcome {
  size_t created = 0;
  size_t updated = 0;
  size_t skipped = 0;
  std::vector<std::string> errors;
};
std::string ImportPage(const ImportOutcome& outcome);

// An error in the envelope of static or of dynamic policies. Of a message "field: what" the latter tells the
// field.
std::string PolicyErrorBody(policy::CatalogKind kind, int status, std::string_view message);

}  // namespace portcullis::edge
