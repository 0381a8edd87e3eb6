#include "services/policy/app/moderation_settings.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/secret_variable.h"
#include "services/policy/app/control_settings.h"

namespace portcullis::policy {
namespace {

using config::Schema;
using O = ExternalModerationOptions;
using S = ModerationService;

constexpr uint32_t kMaxCategories = 200;

std::string CheckCategory(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '-';
  });
  return plain && !name.empty() && name.size() <= 64
             ? ""
             : "must be 1 to 64 lower-case letters, digits, '_', '.', '/' or '-'";
}

Schema<ModerationThreshold> ThresholdSchema() {
  using T = ModerationThreshold;
  Schema<T> schema("The threshold of one category.");
  schema
      .String("category", &T::category,
              {.doc = "The category, as findings name it.",
               .required = true,
               .check = CheckCategory,
               .example = "category: hate"})
      .Number("threshold", &T::threshold,
              {.doc = "It counts from this score on.",
               .min = 0.001,
               .max = 1,
               .required = true,
               .example = "threshold: 0.3"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<S> KeySchema() {
  Schema<S> schema("Where the service's key is.");
  schema.String("env", &S::key_variable,
                {.doc = "Name of the environment variable that holds the key.",
                 .max = 200,
                 .check = config::CheckVariableName,
                 .default_doc = "MISTRAL_API_KEY or OPENAI_API_KEY, by provider"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<S> ServiceSchema() {
  std::vector<config::Named<ModerationProvider>> providers;
  const char* const docs[] = {"Mistral's `/v1/moderations`.", "OpenAI's `/v1/moderations`.",
                              "a service of your own that speaks as these two.", "Presidio's analyzer.",
                              "a guard model behind an OpenAI-compatible chat endpoint."};
  for (size_t i = 0; i < kModerationProviderNames.size(); ++i) {
    providers.push_back(
        {std::string(kModerationProviderNames[i]), static_cast<ModerationProvider>(i), docs[i]});
  }
  Schema<S> schema;
  schema.Enum("provider", &S::provider, providers, {.doc = "What the service speaks."})
      .String("endpoint", &S::endpoint,
              {.doc = "The whole URL that texts are posted to.",
               .max = 2048,
               .check = config::CheckUrl,
               .default_doc = "the provider's; webhook, presidio and guard-model have none"})
      .String("model", &S::model,
              {.doc = "The model that judges.",
               .max = 256,
               .check = config::CheckOneLine,
               .default_doc = "`mistral-moderation-latest` or `omni-moderation-latest`, by provider"})
      .Group("secret_key_ref", KeySchema())
      .String("prompt", &S::prompt, {.doc = "System message for a guard-model.", .max = 8'000})
      .String("language", &S::language,
              {.doc = "Language of the texts, for presidio.",
               .min = 2,
               .max = 10,
               .check = config::CheckIdentifier})
      .Integer("max_in_flight", &S::max_in_flight,
               {.doc = "Calls at a time, of each worker.", .min = 1, .max = 10'000})
      .Integer("max_queued", &S::max_queued,
               {.doc = "Calls that wait, of each worker; one more fails.", .min = 0, .max = 1'000'000})
      .Integer("max_text_bytes", &S::max_text_bytes,
               {.doc = "Longer texts are judged in parts.", .unit = "bytes", .min = 100, .max = 1'000'000})
      .Integer("cache_entries", &S::cache_entries,
               {.doc = "Verdicts that are kept, of each worker, by a hash of the text. 0: none.",
                .min = 0,
                .max = 10'000'000})
      .Seconds("cache_ttl_seconds", &S::cache_ttl,
               {.doc = "How long a verdict is kept.", .min = 1, .max = 86'400});
  return schema;
}

std::string UsualVariable(ModerationProvider provider) {
  if (provider == ModerationProvider::kMistral) return "MISTRAL_API_KEY";
  return provider == ModerationProvider::kOpenAi ? "OPENAI_API_KEY" : "";
}

}  // namespace

Schema<O> ModerationSchema() {
  Schema<O> schema("Asks a moderation service about what the other policies let pass.");
  schema.Include(&O::service, ServiceSchema())
      .Enum("action", &O::action, BlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema())
      .Bool(
          "concurrent", &O::concurrent,
          {.doc = "Requests go to the provider while they are judged, and the answer waits for the verdict. "
                  "The provider then sees texts that may be refused."})
      .Number("threshold", &O::threshold,
              {.doc = "From which score on a category counts.", .min = 0.001, .max = 1})
      .List("thresholds", &O::thresholds, ThresholdSchema(),
            {.doc = "Categories with a threshold of their own.", .max_items = kMaxCategories})
      .Strings("categories", &O::categories,
               {.doc = "Categories that count, as findings name them.",
                .check = CheckCategory,
                .max_items = kMaxCategories,
                .default_doc = "all"})
      .Texts("category_map", &O::category_map,
             {.doc = "The service's own name of a category to the one in findings.",
              .check = CheckCategory,
              .max_items = kMaxCategories,
              .example = "category_map: {toxicity: hate}"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

void ResolveModeration(const config::Document& document, const config::Environment& environment,
                       ChainOptions& options, config::Issues& issues) {
  S& service = options.external_moderation.service;
  const bool runs =
      std::find(options.chain.begin(), options.chain.end(), kExternalModeration) != options.chain.end();
  if (!runs) return;
  const std::string variable =
      service.key_variable.empty() ? UsualVariable(service.provider) : service.key_variable;
  if (variable.empty()) return;
  config::SecretVariable key = config::ReadSecret(environment, variable);
  service.api_key = std::move(key.value);
  if (key.problem.empty()) return;
  const std::string path = base::StrCat("policy.", kExternalModeration, ".secret_key_ref");
  document.Report(
      issues, config::Severity::kWarning, config::code::kMissingKey, path, document.LocateValue(path),
      base::StrCat(kExternalModeration, " asks without a key: ", key.problem), std::move(key.remedy));
}

}  // namespace portcullis::policy
