#include "apps/config/axonflow/providers.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::app::axonflow {

const std::vector<ProviderVariables>& KnownProviders() {
  static const std::vector<ProviderVariables> kProviders = {
      {"mistral",
       "MISTRAL_API_KEY",
       "MISTRAL_MODEL",
       "MISTRAL_ENDPOINT",
       "MISTRAL_TIMEOUT_SECONDS",
       "mistral-small-latest",
       "/v1",
       {"mistral-*", "ministral-*", "magistral-*", "codestral-*", "devstral-*", "pixtral-*", "voxtral-*",
        "mathstral-*", "open-mi*"}},
      {"openai",
       "OPENAI_API_KEY",
       "OPENAI_MODEL",
       "OPENAI_ENDPOINT",
       "OPENAI_TIMEOUT_SECONDS",
       "gpt-4o",
       "/v1",
       {"gpt-*", "chatgpt-*", "o1*", "o3*", "o4*", "codex-*", "text-embedding-*", "ft:*"}},
      {"anthropic",
       "ANTHROPIC_API_KEY",
       "ANTHROPIC_MODEL",
       "ANTHROPIC_ENDPOINT",
       "ANTHROPIC_TIMEOUT_SECONDS",
       "",
       "/v1",
       {"claude-*"}},
      {"gemini",
       "GOOGLE_API_KEY",
       "GOOGLE_MODEL",
       "GOOGLE_ENDPOINT",
       "GOOGLE_TIMEOUT_SECONDS",
       "",
       "/v1beta/openai",
       {"gemini-*", "gemma-*", "text-embedding-*", "models/*"}},
      {"azure-openai", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_ENDPOINT",
       "AZURE_OPENAI_TIMEOUT_SECONDS", "", ""},
      {"ollama", "", "OLLAMA_MODEL", "OLLAMA_ENDPOINT", "OLLAMA_TIMEOUT_SECONDS", "", "/v1"},
  };
  return kProviders;
}

const ProviderVariables* FindVariables(std::string_view name) {
  const auto& known = KnownProviders();
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const ProviderVariables& p) { return p.name == name; });
  return found == known.end() ? nullptr : &*found;
}

std::string CanonicalName(std::string_view name) {
  if (name == "google") return "gemini";
  if (name == "azure" || name == "azure_openai") return "azure-openai";
  return std::string(name);
}

bool IsSwitchedOn(const ProviderVariables& provider, const config::Environment& environment) {
  const auto is_set = [&](std::string_view variable) {
    return !environment.Get(variable).value_or("").empty();
  };
  if (provider.name == "azure-openai") return is_set(provider.key) && is_set(provider.endpoint);
  return is_set(provider.key.empty() ? provider.endpoint : provider.key);
}

bool NamesProvider(const config::Environment& environment) {
  const auto& known = KnownProviders();
  return std::any_of(known.begin(), known.end(),
                     [&](const ProviderVariables& p) { return IsSwitchedOn(p, environment); });
}

std::string BaseUrlOf(std::string_view provider, std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const ProviderVariables* row = FindVariables(provider);
  if (row == nullptr || endpoint.ends_with(row->version_path)) return endpoint;
  return base::StrCat(endpoint, row->version_path);
}

}  // namespace portcullis::app::axonflow
