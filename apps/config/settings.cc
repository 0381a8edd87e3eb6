#include "apps/config/settings.h"

#include "libs/config/checks.h"
#include "libs/config/codes.h"

namespace portcullis::app {
namespace {

using config::Schema;

Schema<PackSettings> PackSchema() {
  using P = PackSettings;
  Schema<P> schema("What this configuration is called. Shown in logs, metrics and audit records.");
  schema
      .String("name", &P::name,
              {.doc = "Name of the configuration.",
               .min = 1,
               .max = 200,
               .required = true,
               .check = config::CheckOneLine,
               .example = "name: my-gateway"})
      .String("version", &P::version,
              {.doc = "Semantic version of the configuration.",
               .max = 200,
               .required = true,
               .check = config::CheckSemVer,
               .example = "version: 1.0.0"})
      .Bool("enabled", &P::enabled,
            {.doc = "false: the configuration is valid, but nothing starts with it.",
             .required = true,
             .example = "enabled: true"})
      .String("id", &P::id,
              {.doc = "Identifier of the configuration.",
               .min = 1,
               .max = 200,
               .check = config::CheckOneLine,
               .default_doc = "`name`"})
      .String("author", &P::author, {.doc = "Who keeps it.", .max = 200, .check = config::CheckOneLine})
      .String("description", &P::description, {.doc = "What it is for.", .max = 2000});
  return schema;
}

Schema<ReloadSettings> ReloadSchema() {
  using R = ReloadSettings;
  Schema<R> schema(
      "How a change of this file comes into effect. SIGHUP and POST /config/reload on the admin port always "
      "work.");
  schema.Bool("watch", &R::watch,
              {.doc = "Reloads when the content of the file changes.", .needs_restart = true});
  return schema;
}

Schema<Settings> PolicySchema() {
  Schema<audit::AuditSettings> audit_block;
  audit_block.Group("audit-logger", audit::AuditLoggerSchema());
  Schema<Settings> schema(
      "One block per kind of policy. A block runs only when `policies.chain` names its kind.");
  return schema.Include(&Settings::policy, policy::PolicyBlocksSchema())
      .Include(&Settings::audit, audit_block)
      .UnknownKeys(config::code::kUnknownPolicy, "policy kind");
}

Schema<Settings> ServicesSchema() {
  Schema<Settings> schema("Addresses and limits of the services as processes of their own.");
  return schema.Section("policy", &Settings::policy, policy::PolicyServiceSchema())
      .Section("router", &Settings::router, router::RouterServiceSchema())
      .Section("audit", &Settings::audit, audit::AuditServiceSchema())
      .Section("tls", &Settings::tls, TlsSchema());
}

}  // namespace

Schema<Settings> RootSchema() {
  Schema<Settings> schema;
  return schema
      .Section("pack", &Settings::pack, PackSchema(),
               {.required = true, .example = "pack: {name: my-gateway, version: 1.0.0, enabled: true}"})
      .Section("policies", &Settings::policy, policy::PoliciesSchema())
      .Group("policy", PolicySchema())
      .Section("providers", &Settings::router, router::ProvidersSchema())
      .Include(&Settings::router, router::TopLevelRoutingSchema())
      .Section("gateway", &Settings::edge, edge::GatewaySchema())
      .Section("size_limits", &Settings::edge, edge::SizeLimitsSchema())
      .Section("audit", &Settings::audit, audit::AuditSchema())
      .Section("reload", &Settings::reload, ReloadSchema())
      .Section("tracing", &Settings::tracing, TracingSchema())
      .Section("testing", &Settings::testing, TestingSchema())
      .Group("services", ServicesSchema());
}

}  // namespace portcullis::app
