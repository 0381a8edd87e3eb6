// `services.policy.catalog`: policies that tenants keep by API.
#pragma once

#include <cstdint>
#include <string>

#include "libs/config/schema.h"

namespace portcullis::policy {

enum class CatalogAccess : uint8_t { kReadWrite, kReadOnly, kOff };

struct CatalogSettings {
  CatalogAccess access = CatalogAccess::kReadWrite;
  std::string database;  // "" = policies.db in the state folder
  uint32_t max_policies = 1'000;
  uint32_t max_tenant_policies = 100;
};

config::Schema<CatalogSettings> CatalogSchema();

}  // namespace portcullis::policy
