#include "services/policy/domain/catalog/catalog.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/catalog/catalog_policy.h"

namespace portcullis::policy {

Catalog::Catalog(CatalogLimits limits, const std::vector<CatalogPolicy>& policies) : limits_(limits) {
  for (const CatalogPolicy& policy : policies) policies_.emplace(policy.id, policy);
}

std::vector<std::string> Catalog::Tenants() const {
  std::set<std::string> tenants;
  for (const auto& [id, policy] : policies_) tenants.insert(policy.tenant);
  return {tenants.begin(), tenants.end()};
}

std::vector<CatalogPolicy> Catalog::OfTenant(std::string_view tenant) const {
  std::vector<CatalogPolicy> found;
  for (const auto& [id, policy] : policies_) {
    if (policy.tenant == tenant) found.push_back(policy);
  }
  return found;
}

const CatalogPolicy* Catalog::Find(std::string_view tenant, CatalogKind kind, const std::string& id) const {
  const auto found = policies_.find(id);
  if (found == policies_.end() || found->second.tenant != tenant || found->second.kind != kind)
    return nullptr;
  return &found->second;
}

absl::Status Catalog::CheckRoom(std::string_view tenant) const {
  if (OfTenant(tenant).size() >= limits_.max_tenant_policies) {
    return absl::ResourceExhaustedError(
        base::StrCat("this tenant has ", limits_.max_tenant_policies, " policies, as many as it may have"));
  }
  if (policies_.size() < limits_.max_policies) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      base::StrCat("all tenants together have ", limits_.max_policies, " policies, as many as there may be"));
}

absl::StatusOr<CatalogResult> Catalog::Plan(const CatalogChange& change, const std::string& new_id,
                                            int64_t now_us) const {
  CatalogResult result;
  CatalogPolicy before = NewCatalogPolicy(change.kind);
  const bool creates = change.what == CatalogChange::What::kCreate;
  if (creates) {
    RETURN_IF_ERROR(CheckRoom(change.tenant));
    before.id = new_id;
    before.tenant = change.tenant;
    before.created_us = now_us;
    before.created_by = change.actor;
  } else {
    const CatalogPolicy* found = Find(change.tenant, change.kind, change.id);
    if (found == nullptr) return absl::NotFoundError("there is no policy of this id");
    before = *found;
  }
  result.version_before = before.version;
  if (change.what == CatalogChange::What::kDelete) {
    result.policy = std::move(before);
    result.change = "deleted";
    return result;
  }
  ASSIGN_OR_RETURN(result.policy, Drafted(change.draft, before));
  result.summary = ChangedFields(before, result.policy);
  result.change = creates ? "created" : "updated";
  if (result.summary == "enabled" && !creates) result.change = result.policy.enabled ? "enabled" : "disabled";
  result.policy.version = before.version + 1;
  result.policy.updated_us = now_us;
  result.policy.updated_by = change.actor;
  return result;
}

std::vector<CatalogPolicy> Catalog::After(const CatalogResult& result) const {
  std::vector<CatalogPolicy> policies = OfTenant(result.policy.tenant);
  std::erase_if(policies, [&](const CatalogPolicy& policy) { return policy.id == result.policy.id; });
  if (result.change != "deleted") policies.push_back(result.policy);
  return policies;
}

void Catalog::Apply(const CatalogResult& result) {
  if (result.change == "deleted") {
    policies_.erase(result.policy.id);
  } else {
    policies_[result.policy.id] = result.policy;
  }
}

}  // namespace portcullis::policy
