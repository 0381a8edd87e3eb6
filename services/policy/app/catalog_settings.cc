#include "services/policy/app/catalog_settings.h"

#include "libs/config/checks.h"

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
      .String(
          "database", &S::database,
          {.doc =
               "SQLite file in which they are kept. Processes of one machine may share it; several replicas "
               "with a file each do not know of each other's policies.",
           .needs_restart = true,
           .check = config::CheckOneLine,
           .default_doc = "`policies.db` in the state folder"})
      .Integer("max_policies", &S::max_policies,
               {.doc = "Policies of all tenants together.", .min = 1, .max = 10'000, .needs_restart = true})
      .Integer("max_tenant_policies", &S::max_tenant_policies,
               {.doc = "Policies of one tenant.", .min = 1, .max = 1'000, .needs_restart = true});
  return schema;
}

}  // namespace portcullis::policy
