#include "apps/config/load_config.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "apps/config/axonflow/file.h"
#include "apps/config/axonflow/providers.h"
#include "apps/config/chain_check.h"
#include "apps/config/control_check.h"
#include "apps/config/default_config.h"
#include "libs/base/strings.h"
#include "libs/config/codes.h"
#include "libs/config/effective.h"
#include "libs/config/reader.h"
#include "libs/crypto/sha256.h"
#include "services/policy/app/moderation_settings.h"
#include "services/router/app/target_resolver.h"

namespace portcullis::app {
namespace {

policy::FailMode ForPolicy(edge::FailMode mode) {
  return mode == edge::FailMode::kAllow ? policy::FailMode::kAllow : policy::FailMode::kBlock;
}

void Describe(const config::Schema<Settings>& schema, const Settings& settings, LoadedConfig& loaded) {
  const nlohmann::ordered_json effective = config::Effective(*schema.tree(), &settings);
  loaded.effective = effective.dump(2);
  loaded.version = VersionOf(loaded.effective);
}

void CheckClients(const config::Document& document, const edge::AxonFlowSettings& settings,
                  config::Issues& issues) {
  const bool open = settings.deployment_mode == edge::DeploymentMode::kCommunity;
  if (!settings.enabled || open || !settings.clients.empty()) return;
  const std::string path = "gateway.axonflow.deployment_mode";
  document.Report(issues, config::Severity::kError, config::code::kMissing, path, document.LocateValue(path),
                  "gateway.axonflow.clients names nobody who may call, and the deployment mode asks for it",
                  "add clients: [{id: my-app, secret_sha256: ...}], or write deployment_mode: community, or "
                  "enabled: false");
}

// Each replica of the policy service keeps a file of its own, unless they share a machine and a file.
void CheckCatalog(const config::Document& document, const Settings& settings, config::Issues& issues) {
  const policy::CatalogSettings& catalog = settings.policy.catalog;
  const bool writes = catalog.access == policy::CatalogAccess::kReadWrite &&
                      catalog.store == policy::CatalogStoreKind::kSqlite;
  if (!writes || !settings.edge.axonflow.enabled || settings.edge.peers.policy.size() < 2) return;
  const std::string path = "gateway.peers.policy";
  document.Report(
      issues, config::Severity::kWarning, config::code::kSuspicious, path, document.LocateValue(path),
      "policies that come by AxonFlow's API are kept in SQLite by the first of these services; replicas "
      "that do not share its file do not know them",
      "let them share services.policy.catalog.database, or write services: {policy: {catalog: {store: "
      "postgresql}}}");
}

void Interpret(const config::Document& document, const config::Environment& environment,
               const base::Clock* clock, LoadedConfig& loaded) {
  Settings settings;
  const auto schema = RootSchema();
  config::ReadInto(document, schema, NotBuiltYet(), settings, loaded.issues);
  if (!document.root().is_mapping()) return;
  CheckChain(document, settings, loaded.issues);
  CheckClients(document, settings.edge.axonflow, loaded.issues);
  CheckCatalog(document, settings, loaded.issues);
  CheckTls(document, settings.tls, loaded.issues);
  ResolveTracing(document, environment, settings.tracing, loaded.issues);
  CheckControls(document, settings, clock == nullptr ? std::nullopt : std::optional(clock->Now()),
                loaded.issues);
  policy::ResolveModeration(document, environment, settings.policy.chain, loaded.issues);
  loaded.router = router::ResolveRouter(document, environment, settings.router, loaded.issues);
  audit::ResolveAudit(document, environment, settings.audit, loaded.issues);
  policy::ResolveCatalog(document, environment, settings.policy.catalog, loaded.issues);
  if (settings.pack.id.empty()) settings.pack.id = settings.pack.name;
  loaded.chain = settings.policy.chain;
  loaded.chain.fail_mode = ForPolicy(settings.edge.fail_mode);
  Describe(schema, settings, loaded);
  loaded.pack = std::move(settings.pack);
  loaded.policy_server = std::move(settings.policy.server);
  loaded.catalog = std::move(settings.policy.catalog);
  loaded.router_server = std::move(settings.router.server);
  loaded.edge = std::move(settings.edge);
  loaded.audit = std::move(settings.audit);
  loaded.reload = settings.reload;
  loaded.testing = std::move(settings.testing);
  loaded.tls = std::move(settings.tls);
  loaded.tracing = std::move(settings.tracing);
  if (!loaded.pack.enabled) {
    const auto place = document.Place(document.LocateValue("pack.enabled"));
    loaded.refusal = base::StrCat(place, ": pack.enabled is false: nothing starts with this configuration");
  }
}

// What a configuration is read from.
struct Inputs {
  std::optional<config::Document> own;
  std::optional<config::Document> axonflow;
  std::optional<std::string> simulator_url;  // without files: the simulator is the provider
  config::Issues issues;
};

config::Document BuiltIn(const std::optional<std::string>& simulator_url, config::Issues& issues) {
  std::string text = DefaultPolicies();
  if (simulator_url) text += SimulatorProviders();
  auto document = config::Document::Parse("built-in configuration", std::move(text), issues);
  if (simulator_url) {
    document.Override("providers.targets[0].base_url", {*simulator_url}, false, "address of the simulator");
  }
  return document;
}

bool IsComplete(const std::optional<config::Document>& document) { return !document || document->complete(); }

LoadedConfig Finish(Inputs inputs, const config::Environment& environment, const FlagOverrides& flags,
                    const base::Clock* clock) {
  LoadedConfig loaded;
  loaded.issues = std::move(inputs.issues);
  const bool complete = IsComplete(inputs.own) && IsComplete(inputs.axonflow);
  const auto base = inputs.own ? axonflow::Base::kOwnFile : axonflow::Base::kBuiltIn;
  config::Document document =
      inputs.own ? *std::move(inputs.own) : BuiltIn(inputs.simulator_url, loaded.issues);
  loaded.file =
      inputs.axonflow && base == axonflow::Base::kBuiltIn ? inputs.axonflow->name() : document.name();
  if (complete) {
    const size_t problems = loaded.issues.count(config::Severity::kError);
    if (document.root().is_mapping()) {
      axonflow::Translate(inputs.axonflow ? &*inputs.axonflow : nullptr, environment, base, document,
                          loaded.issues);
    }
    flags.ApplyTo(document);
    loaded.origins = axonflow::Origins(document);
    const bool translated = loaded.issues.count(config::Severity::kError) == problems;
    if (translated) Interpret(document, environment, clock, loaded);
  }
  loaded.issues.Sort();
  return loaded;
}

// Puts a document where its form belongs; a second one of the same form is an error.
void Sort(config::Document document, Inputs& inputs) {
  auto& place = axonflow::IsAxonFlow(document.root()) ? inputs.axonflow : inputs.own;
  if (place) {
    document.Report(inputs.issues, config::Severity::kError, config::code::kConflict, "", {},
                    base::StrCat("this file and ", place->name(), " have the same form"),
                    "give one file of ours and one of AxonFlow's at most");
    return;
  }
  place = std::move(document);
}

}  // namespace

LoadedConfig LoadConfigFiles(const std::vector<std::string>& files, const config::Environment& environment,
                             const FlagOverrides& flags, const base::Clock* clock) {
  Inputs inputs;
  for (const std::string& file : files) Sort(config::Document::Load(file, inputs.issues), inputs);
  return Finish(std::move(inputs), environment, flags, clock);
}

LoadedConfig LoadConfigFile(const std::string& file, const config::Environment& environment,
                            const FlagOverrides& flags, const base::Clock* clock) {
  return LoadConfigFiles({file}, environment, flags, clock);
}

LoadedConfig LoadConfigText(std::string name, std::string text, const config::Environment& environment,
                            const FlagOverrides& flags, const base::Clock* clock) {
  Inputs inputs;
  Sort(config::Document::Parse(std::move(name), std::move(text), inputs.issues), inputs);
  return Finish(std::move(inputs), environment, flags, clock);
}

LoadedConfig LoadDefaults(const config::Environment& environment, const FlagOverrides& flags,
                          const std::string& simulator_base_url) {
  Inputs inputs;
  if (!axonflow::NamesProvider(environment)) inputs.simulator_url = simulator_base_url;
  return Finish(std::move(inputs), environment, flags, nullptr);
}

std::string VersionOf(const std::string& effective) {
  const nlohmann::json sorted = nlohmann::json::parse(effective);  // keys in alphabetical order
  return crypto::Hex(crypto::Sha256Of(sorted.dump())).substr(0, 12);
}

}  // namespace portcullis::app
