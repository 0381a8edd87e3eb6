#include "services/policy/app/catalog_settings.h"

#include <string>

#include "libs/config/checks.h"
#include "libs/config/codes.h"

namespace portcullis::policy {

config::Schema<CatalogSettings> CatalogSchema() {
  using S = CatalogSettings;
  config::Schema<S> schema("Policies that tenants keep by AxonFlow's API: docs/axonflow.md.");
  schema
      .Enum("access", &S::access,
            {{"read_write", CatalogAccess::kReadWrite, "they hold, and the API changes them."},
             {"read_only", CatalogAccess::kReadOnly, "they hold, and the API only tells them."},
             {"off", CatalogAccess::kOff, "none holds; the store is not opened."}},
            {.doc = "What the API may do.", .needs_restart = true})
      .Enum(
          "store", &S::store,
          {{"sqlite", CatalogStoreKind::kSqlite, "a file, for one policy service or several on one machine."},
           {"postgresql", CatalogStoreKind::kPostgresql,
            "PostgreSQL 15 or later, for several policy services."}},
          {.doc = "Where they are kept.", .needs_restart = true})
      .String(
          "database", &S::database,
          {.doc =
               "SQLite file in which they are kept. Processes of one machine may share it; several replicas "
               "with a file each do not know of each other's policies.",
           .needs_restart = true,
           .check = config::CheckOneLine,
           .default_doc = "`policies.db` in the state folder"})
      .Section("postgresql", &S::postgresql,
               pg::PgSchema("The PostgreSQL database, for `store: postgresql`.",
                            "The role must own the database or its schema `portcullis_policy`; the audit "
                            "service may use the same one.",
                            "POLICY_DATABASE_PASSWORD"))
      .Integer("max_policies", &S::max_policies,
               {.doc = "Policies of all tenants together.", .min = 1, .max = 10'000, .needs_restart = true})
      .Integer("max_tenant_policies", &S::max_tenant_policies,
               {.doc = "Policies of one tenant.", .min = 1, .max = 1'000, .needs_restart = true});
  return schema;
}

void ResolveCatalog(const config::Document& document, const config::Environment& environment,
                    CatalogSettings& settings, config::Issues& issues) {
  pg::ResolvePg("services.policy.catalog.postgresql", "services.policy.catalog.store",
                settings.store == CatalogStoreKind::kPostgresql, environment, document, issues,
                settings.postgresql);
  if (settings.store == CatalogStoreKind::kPostgresql && !settings.database.empty()) {
    const std::string path = "services.policy.catalog.database";
    document.Report(
        issues, config::Severity::kWarning, config::code::kDoesNotRun, path, document.LocateValue(path),
        "services.policy.catalog.database has no effect: services.policy.catalog.store is postgresql",
        "write store: sqlite, or leave database out");
  }
}

}  // namespace portcullis::policy
