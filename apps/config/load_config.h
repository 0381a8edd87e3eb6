// From policy-config.yaml to the options of every part of the gateway.
//
// The whole file is checked by all services' schemas together; each process takes its part. All problems are
// reported at once: with any error the options are incomplete and nothing may start with them.
//
// AxonFlow's YAML is taken for what it is and translated (apps/config/axonflow), alone or beside a file of
// ours; its environment variables fill what no file says.
//
//   LoadedConfig config = LoadConfigFile("policy-config.yaml", environment, flags);
//   if (!config.ok()) { std::cerr << config.issues.Text(); return 2; }
//   if (!config.refusal.empty()) ...
//
// Nothing throws. Files are at most 1 MiB. Loading takes some milliseconds (a hostile file of 1 MiB: about a
// second) and belongs on no worker.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/config/axonflow/translation.h"
#include "apps/config/flag_overrides.h"
#include "apps/config/settings.h"
#include "libs/base/clock.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"

namespace portcullis::app {

struct LoadedConfig {
  std::string file;  // for messages
  PackSettings pack;
  policy::ChainOptions chain;
  policy::PolicyServerSettings policy_server;
  policy::CatalogSettings catalog;
  router::RouterOptions router;
  router::RouterServerSettings router_server;
  edge::EdgeSettings edge;
  audit::AuditSettings audit;
  ReloadSettings reload;
  TestingSettings testing;
  TlsSettings tls;
  TracingSettings tracing;

  config::Issues issues;  // errors, warnings and notes, in the order of the file
  std::string refusal;    // not empty: the configuration is valid, and says that nothing may start with it
  std::string effective;  // JSON, indented: all settings as they are in effect, secrets masked
  std::string version;    // 12 hexadecimal digits: equal configurations have equal versions
  std::vector<axonflow::Origin> origins;  // settings that AxonFlow's YAML or variables gave

  bool ok() const { return issues.ok(); }
};

// With `clock`, what has expired is warned of.
LoadedConfig LoadConfigFile(const std::string& file, const config::Environment& environment,
                            const FlagOverrides& flags = {}, const base::Clock* clock = nullptr);

// `name` stands for the file in messages.
LoadedConfig LoadConfigText(std::string name, std::string text, const config::Environment& environment,
                            const FlagOverrides& flags = {}, const base::Clock* clock = nullptr);

// One or two files: ours, AxonFlow's, or one of each.
LoadedConfig LoadConfigFiles(const std::vector<std::string>& files, const config::Environment& environment,
                             const FlagOverrides& flags = {}, const base::Clock* clock = nullptr);

// Without a file: the built-in policies, and the providers that AxonFlow's variables switch on
// (MISTRAL_API_KEY and so on); when there are none, the provider simulator at `simulator_base_url`
// ("http://127.0.0.1:9001/v1").
LoadedConfig LoadDefaults(const config::Environment& environment, const FlagOverrides& flags,
                          const std::string& simulator_base_url);

// The version of effective settings in JSON: the same for equal settings, in whatever order.
std::string VersionOf(const std::string& effective);

}  // namespace portcullis::app
