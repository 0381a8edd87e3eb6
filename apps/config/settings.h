// The whole of policy-config.yaml as one struct of the services' parts, and its schema.
#pragma once

#include <string>

#include "apps/config/testing_settings.h"
#include "apps/config/tls_settings.h"
#include "apps/config/tracing_settings.h"
#include "libs/config/limitation.h"
#include "libs/config/schema.h"
#include "services/audit/app/audit_settings.h"
#include "services/edge/app/edge_settings.h"
#include "services/policy/app/policy_settings.h"
#include "services/router/app/router_settings.h"

namespace portcullis::app {

// `pack`: what this configuration is called.
struct PackSettings {
  std::string name;
  std::string version;
  bool enabled = true;
  std::string id;
  std::string author;
  std::string description;
};

// `reload`: how a change of the file comes into effect.
struct ReloadSettings {
  bool watch = true;
};

struct Settings {
  PackSettings pack;
  edge::EdgeSettings edge;
  policy::PolicySettings policy;
  router::RouterSettings router;
  audit::AuditSettings audit;
  ReloadSettings reload;
  TestingSettings testing;
  TlsSettings tls;
  TracingSettings tracing;
};

config::Schema<Settings> RootSchema();

// What Keeptrusts' language has and this version does not do yet. The issue that builds a thing deletes its
// row.
const config::Limitations& NotBuiltYet();

}  // namespace portcullis::app
