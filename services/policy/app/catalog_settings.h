// `services.policy.catalog`: policies that tenants keep by API.
#pragma once

#include <cstdint>
#include <string>

#include "libs/config/schema.h"
#include "libs/pg/pg_settings.h"

namespace portcullis::policy {

enum class CatalogAccess : uint8_t { kReadWrite, kReadOnly, kOff };

enum class CatalogStoreKind : uint8_t { kSqlite, kPostgresql };

struct CatalogSettings {
  CatalogAccess access = CatalogAccess::kReadWrite;
  CatalogStoreKind store = CatalogStoreKind::kSqlite;
  std::string database;  // SQLite file; "" = policies.db in the state folder
  pg::PgSettings postgresql;
  uint32_t max_policies = 1'000;
  uint32_t max_tenant_policies = 100;
};

config::Schema<CatalogSettings> CatalogSchema();

// Looks the password up, and tells what does not fit together.
void ResolveCatalog(const config::Document& document, const config::Environment& environment,
                    CatalogSettings& settings, config::Issues& issues);

}  // namespace portcullis::policy
