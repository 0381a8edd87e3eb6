// Changes for tests of stores.
#pragma once

#include <string>
#include <utility>

#include "services/policy/api/catalog_api.h"

namespace portcullis::policy {

inline CatalogResult Changed(std::string id, uint64_t version, std::string change) {
  CatalogResult result;
  result.policy.id = std::move(id);
  result.policy.name = "it's a \"name\"";
  result.policy.tenant = "one";
  result.policy.version = change == "deleted" ? version - 1 : version;
  result.version_before = version - 1;
  result.change = std::move(change);
  result.summary = "name";
  return result;
}

}  // namespace portcullis::policy
