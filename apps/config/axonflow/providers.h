// AxonFlow's providers: what they are called, and the variables that switch them on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/config/environment.h"
#include "libs/config/node.h"

namespace portcullis::app::axonflow {

// A text and where it was written.
struct Value {
  std::string text;
  config::Position position;
};

// A provider as the YAML or the environment describes it. What is not set is the provider's default.
struct Provider {
  std::string name;  // as our provider table has it: "mistral", "azure-openai"
  config::Position position;
  std::optional<Value> model;  // for requests that name none; at Azure the deployment
  std::optional<Value> endpoint;
  std::optional<Value> timeout;
  std::optional<Value> api_version;
  std::optional<Value> max_tokens;
  std::optional<Value> weight;
  std::optional<Value> description;
  std::optional<Value> key_variable;
  std::optional<Value> literal_key;
};

// The variables of one provider. An empty name: there is no such variable.
struct ProviderVariables {
  std::string_view name;
  std::string_view key;
  std::string_view model;
  std::string_view endpoint;
  std::string_view timeout;
  std::string_view default_model;  // what AxonFlow takes; "" = requests or the variable must name one
  std::string_view version_path;   // what follows the endpoint, unless it is there
  std::vector<std::string_view> models = {};  // patterns of the names of its models; none = any name
};

// Sources of names and defaults: AxonFlow's setup pages of the providers.
const std::vector<ProviderVariables>& KnownProviders();

// The row of `name`, or null.
const ProviderVariables* FindVariables(std::string_view name);

// "google", "azure", "azure_openai" are other names; a name that is not one stays as it is.
std::string CanonicalName(std::string_view name);

// Whether the environment switches the provider on.
bool IsSwitchedOn(const ProviderVariables& provider, const config::Environment& environment);

// Whether the environment names any provider.
bool NamesProvider(const config::Environment& environment);

// `endpoint` as base_url: without a slash at its end, with the provider's path.
std::string BaseUrlOf(std::string_view provider, std::string endpoint);

}  // namespace portcullis::app::axonflow
