#include "libs/telemetry/api/gen_ai.h"

#include <utility>

namespace portcullis::telemetry::gen_ai {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>;

constexpr Renaming kOperations[] = {{"chat.completions", "chat"}, {"fim.completions", "text_completion"}};

constexpr Renaming kProviders[] = {{"mistral", "mistral_ai"},
                                   {"azure", "azure.ai.openai"},
                                   {"azure-openai", "azure.ai.openai"},
                                   {"gemini", "gcp.gemini"},
                                   {"xai", "x_ai"}};

template <size_t kSize>
std::string_view Renamed(const Renaming (&renamings)[kSize], std::string_view name) {
  for (const auto& [ours, theirs] : renamings) {
    if (ours == name) return theirs;
  }
  return name;
}

}  // namespace

std::string_view OperationOf(std::string_view operation) { return Renamed(kOperations, operation); }
std::string_view ProviderOf(std::string_view provider) { return Renamed(kProviders, provider); }

}  // namespace portcullis::telemetry::gen_ai
