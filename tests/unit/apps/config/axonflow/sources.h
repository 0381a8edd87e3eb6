// Configurations from AxonFlow's sources, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/config/load_config.h"
#include "libs/config/codes.h"

namespace portcullis::app {

using Variables = std::map<std::string, std::string, std::less<>>;

// The page's YAML.
inline constexpr char kPageYaml[] = R"(version: "1.0"
llm_providers:
  mistral:
    enabled: true
    credentials:
      api_key: ${MISTRAL_API_KEY}
    config:
      model: ${MISTRAL_MODEL:-mistral-small-latest}
)";

inline LoadedConfig FromYaml(const std::string& text, Variables variables = {{"MISTRAL_API_KEY", "m-key"}}) {
  return LoadConfigText("axonflow.yaml", text, config::MapEnvironment(std::move(variables)));
}

inline LoadedConfig FromVariables(Variables variables) {
  return LoadDefaults(config::MapEnvironment(std::move(variables)), {}, "http://127.0.0.1:9/v1");
}

inline std::vector<std::string> Ids(const LoadedConfig& loaded) {
  std::vector<std::string> ids;
  for (const auto& target : loaded.router.targets) ids.push_back(target.id);
  return ids;
}

inline std::vector<double> Weights(const LoadedConfig& loaded) {
  std::vector<double> weights;
  for (const auto& target : loaded.router.targets) weights.push_back(target.weight);
  return weights;
}

// The first line of the only issue.
inline std::string OnlyIssue(const LoadedConfig& loaded) {
  if (loaded.issues.all().size() != 1) return "not one issue:\n" + loaded.issues.Text();
  const std::string text = config::Render(loaded.issues.all()[0]);
  return text.substr(0, text.find('\n'));
}

}  // namespace portcullis::app
