// The policies of all tenants, and what a change makes of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

struct CatalogLimits {
  size_t max_policies = 1'000;  // of all tenants
  size_t max_tenant_policies = 100;
};

// Not thread-safe.
class Catalog {
 public:
  Catalog(CatalogLimits limits, const std::vector<CatalogPolicy>& policies);

  size_t size() const { return policies_.size(); }
  std::vector<std::string> Tenants() const;
  std::vector<CatalogPolicy> OfTenant(std::string_view tenant) const;

  // Of this tenant and kind; null = there is none.
  const CatalogPolicy* Find(std::string_view tenant, CatalogKind kind, const std::string& id) const;

  // What the change comes to; nothing is changed. `new_id`: of a policy to be created. Errors as
  // CatalogApi's.
  absl::StatusOr<CatalogResult> Plan(const CatalogChange& change, const std::string& new_id,
                                     int64_t now_us) const;

  // The tenant's policies with the result applied.
  std::vector<CatalogPolicy> After(const CatalogResult& result) const;

  void Apply(const CatalogResult& result);

 private:
  absl::Status CheckRoom(std::string_view tenant) const;

  const CatalogLimits limits_;
  std::map<std::string, CatalogPolicy> policies_;  // by id
};

}  // namespace portcullis::policy
