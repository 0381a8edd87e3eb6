#include "apps/config/load_config.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "apps/config/chain_check.h"
#include "apps/config/control_check.h"
#include "apps/config/default_config.h"
#include "libs/base/strings.h"
#include "libs/config/effective.h"
#include "libs/config/reader.h"
#include "libs/crypto/sha256.h"
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

void Interpret(const config::Document& document, const config::Environment& environment,
               const base::Clock* clock, LoadedConfig& loaded) {
  Settings settings;
  const auto schema = RootSchema();
  config::ReadInto(document, schema, NotBuiltYet(), settings, loaded.issues);
  if (!document.root().is_mapping()) return;
  CheckChain(document, settings, loaded.issues);
  CheckTls(document, settings.tls, loaded.issues);
  CheckControls(document, settings, clock == nullptr ? std::nullopt : std::optional(clock->Now()),
                loaded.issues);
  loaded.router = router::ResolveRouter(document, environment, settings.router, loaded.issues);
  if (settings.pack.id.empty()) settings.pack.id = settings.pack.name;
  loaded.chain = settings.policy.chain;
  loaded.chain.fail_mode = ForPolicy(settings.edge.fail_mode);
  Describe(schema, settings, loaded);
  loaded.pack = std::move(settings.pack);
  loaded.policy_server = std::move(settings.policy.server);
  loaded.router_server = std::move(settings.router.server);
  loaded.edge = std::move(settings.edge);
  loaded.audit = std::move(settings.audit);
  loaded.reload = settings.reload;
  loaded.testing = std::move(settings.testing);
  loaded.tls = std::move(settings.tls);
  if (!loaded.pack.enabled) {
    const auto place = document.Place(document.LocateValue("pack.enabled"));
    loaded.refusal = base::StrCat(place, ": pack.enabled is false: nothing starts with this configuration");
  }
}

LoadedConfig Finish(config::Document document, const config::Environment& environment,
                    const FlagOverrides& flags, const base::Clock* clock, config::Issues issues) {
  LoadedConfig loaded;
  loaded.file = document.name();
  loaded.issues = std::move(issues);
  if (document.complete()) {
    flags.ApplyTo(document);
    Interpret(document, environment, clock, loaded);
  }
  loaded.issues.Sort();
  return loaded;
}

}  // namespace

LoadedConfig LoadConfigFile(const std::string& file, const config::Environment& environment,
                            const FlagOverrides& flags, const base::Clock* clock) {
  config::Issues issues;
  config::Document document = config::Document::Load(file, issues);
  return Finish(std::move(document), environment, flags, clock, std::move(issues));
}

LoadedConfig LoadConfigText(std::string name, std::string text, const config::Environment& environment,
                            const FlagOverrides& flags, const base::Clock* clock) {
  config::Issues issues;
  config::Document document = config::Document::Parse(std::move(name), std::move(text), issues);
  return Finish(std::move(document), environment, flags, clock, std::move(issues));
}

// MISTRAL_MODEL, MISTRAL_ENDPOINT (with or without /v1) and MISTRAL_TIMEOUT_SECONDS, as AxonFlow's users set them.
void TakeMistralVariables(const config::Environment& environment, config::Document* document) {
  const auto take = [&](std::string_view variable, std::string_view key, auto change) {
    const std::string value = environment.Get(variable).value_or("");
    if (value.empty()) return;
    document->Override(base::StrCat("providers.targets[0].", key), {change(value)}, false, std::string(variable));
  };
  const auto same = [](const std::string& value) { return value; };
  take("MISTRAL_MODEL", "default_model", same);
  take("MISTRAL_TIMEOUT_SECONDS", "timeout_seconds", same);
  take("MISTRAL_ENDPOINT", "base_url", [](std::string value) {
    while (value.ends_with('/')) value.pop_back();
    return value.ends_with("/v1") ? value : value + "/v1";
  });
}

LoadedConfig LoadDefaults(const config::Environment& environment, const FlagOverrides& flags,
                          const std::string& simulator_base_url) {
  const bool has_key = !environment.Get("MISTRAL_API_KEY").value_or("").empty();
  std::string text = has_key ? DefaultConfigWithMistral() : DefaultConfigWithSimulator();
  config::Issues issues;
  config::Document document = config::Document::Parse("built-in configuration", std::move(text), issues);
  if (has_key) {
    TakeMistralVariables(environment, &document);
  } else {
    document.Override("providers.targets[0].base_url", {simulator_base_url}, false,
                      "address of the simulator");
  }
  return Finish(std::move(document), environment, flags, nullptr, std::move(issues));
}

std::string VersionOf(const std::string& effective) {
  const nlohmann::json sorted = nlohmann::json::parse(effective);  // keys in alphabetical order
  return crypto::Hex(crypto::Sha256Of(sorted.dump())).substr(0, 12);
}

}  // namespace portcullis::app
