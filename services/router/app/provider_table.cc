#include "services/router/app/provider_table.h"

#include <algorithm>

namespace portcullis::router {
namespace {

constexpr ProviderInfo kProviders[] = {
    {"mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral"},
    {"openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "openai"},
    {"azure", "", "AZURE_OPENAI_API_KEY", "azure"},
    {"azure-openai", "", "AZURE_OPENAI_API_KEY", "azure"},
    {"anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", "anthropic"},
    {"groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "openai_compatible"},
    {"together", "https://api.together.xyz/v1", "TOGETHER_API_KEY", "openai_compatible"},
    {"deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "openai_compatible"},
    {"openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai_compatible"},
    {"fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", "openai_compatible"},
    {"cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "openai_compatible"},
    {"xai", "https://api.x.ai/v1", "XAI_API_KEY", "openai_compatible"},
    // Tells the usage of streams unasked.
    {"perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY", "openai_compatible", false},
    {"nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY", "openai_compatible"},
    {"deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", "openai_compatible"},
    {"sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", "openai_compatible"},
    {"scaleway", "https://api.scaleway.ai/v1", "SCW_SECRET_KEY", "openai_compatible"},
    {"huggingface", "https://router.huggingface.co/v1", "HF_TOKEN", "openai_compatible"},
    {"gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY",
     "openai_compatible"},
    {"ollama", "http://localhost:11434/v1", "", "openai_compatible"},
    {"vllm", "http://localhost:8000/v1", "", "openai_compatible"},
    {"lmstudio", "http://localhost:1234/v1", "", "openai_compatible"},
    {"llamacpp", "http://localhost:8080/v1", "", "openai_compatible"},
};

constexpr std::string_view kForeign[] = {"bedrock",    "vertex",    "vertex-ai", "cohere",
                                         "cloudflare", "snowflake", "replicate"};

// Scheme and authority: "https://api.openai.com".
std::string_view Origin(std::string_view url) {
  const size_t host = url.find("://");
  if (host == url.npos) return url;
  return url.substr(0, url.find('/', host + 3));
}

}  // namespace

const ProviderInfo* FindProvider(std::string_view name) {
  for (const ProviderInfo& provider : kProviders) {
    if (provider.name == name) return &provider;
  }
  return nullptr;
}

std::vector<std::string> ProviderNames() {
  std::vector<std::string> names;
  for (const ProviderInfo& provider : kProviders) names.emplace_back(provider.name);
  return names;
}

bool IsForeignProvider(std::string_view name) {
  return std::find(std::begin(kForeign), std::end(kForeign), name) != std::end(kForeign);
}

std::string NormalizeBaseUrl(std::string_view url) {
  while (!url.empty() && url.back() == '/') url.remove_suffix(1);
  if (Origin(url) == url) {
    for (const ProviderInfo& provider : kProviders) {
      if (!provider.base_url.empty() && Origin(provider.base_url) == url)
        return std::string(provider.base_url);
    }
  }
  return std::string(url);
}

}  // namespace portcullis::router
