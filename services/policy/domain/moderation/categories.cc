#include "services/policy/domain/moderation/categories.h"

#include <algorithm>
#include <span>

#include "services/policy/domain/safety/taxonomy.h"

namespace portcullis::policy {
namespace {

struct Name {
  std::string_view theirs;
  std::string_view ours;
};

// https://docs.mistral.ai/capabilities/guardrailing: the categories of mistral-moderation-2411 and later.
constexpr Name kMistral[] = {
    {"sexual", "adult"},
    {"hate_and_discrimination", "hate"},
    {"violence_and_threats", "violence"},
    {"dangerous_and_criminal_content", "crime"},
    {"dangerous", "weapons"},
    {"criminal", "crime"},
    {"selfharm", "self_harm"},
    {"health", "advice_health"},
    {"financial", "advice_financial"},
    {"law", "advice_law"},
    {"pii", "privacy"},
    {"jailbreaking", "jailbreak"},
};

// https://platform.openai.com/docs/guides/moderation: the categories of omni-moderation.
constexpr Name kOpenAi[] = {
    {"harassment", "harassment"},
    {"harassment/threatening", "violence"},
    {"hate", "hate"},
    {"hate/threatening", "hate"},
    {"illicit", "crime"},
    {"illicit/violent", "weapons"},
    {"self-harm", "self_harm"},
    {"self-harm/intent", "self_harm"},
    {"self-harm/instructions", "self_harm"},
    {"sexual", "adult"},
    {"sexual/minors", "minors"},
    {"violence", "violence"},
    {"violence/graphic", "violence"},
};

// The hazards of MLCommons, as Llama Guard 3 numbers them.
constexpr Name kMlCommons[] = {
    {"s1", "violence"},   {"s2", "crime"},        {"s3", "crime"},      {"s4", "minors"},
    {"s5", "defamation"}, {"s6", "advice"},       {"s7", "privacy"},    {"s8", "copyright"},
    {"s9", "weapons"},    {"s10", "hate"},        {"s11", "self_harm"}, {"s12", "adult"},
    {"s13", "elections"}, {"s14", "cyber_crime"},
};

std::span<const Name> NamesOf(ModerationProvider provider) {
  switch (provider) {
    case ModerationProvider::kMistral:
      return kMistral;
    case ModerationProvider::kOpenAi:
      return kOpenAi;
    case ModerationProvider::kGuardModel:
      return kMlCommons;
    case ModerationProvider::kWebhook:
    case ModerationProvider::kPresidio:
      return {};
  }
  return {};
}

// In lower case, and without what a name in a record cannot hold.
std::string Plain(std::string_view name) {
  constexpr size_t kMost = 64;
  std::string out;
  for (const char c : name.substr(0, kMost)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '-';
    out += upper ? static_cast<char>(c - 'A' + 'a') : kept ? c : '_';
  }
  return out.empty() ? "unnamed" : out;
}

}  // namespace

std::vector<std::string> ModerationCategories() {
  std::vector<std::string> names = {"unsafe"};
  for (const SafetyCategory& category : SafetyCategories()) names.emplace_back(category.name);
  for (const std::span<const Name> table :
       {std::span<const Name>(kMistral), std::span<const Name>(kOpenAi), std::span<const Name>(kMlCommons)}) {
    for (const Name& name : table) names.emplace_back(name.ours);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string CategoryOf(ModerationProvider provider, std::string_view theirs) {
  const std::string plain = Plain(theirs);
  for (const Name& name : NamesOf(provider)) {
    if (name.theirs == plain) return std::string(name.ours);
  }
  return plain;
}

}  // namespace portcullis::policy
