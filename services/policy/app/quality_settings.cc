#include "services/policy/app/quality_settings.h"

#include <string>
#include <string_view>
#include <vector>

#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "services/policy/app/control_settings.h"
#include "services/policy/domain/quality/quality_names.h"

namespace portcullis::policy {
namespace {

using config::Schema;

Schema<QualityAssertion> AssertionSchema() {
  using A = QualityAssertion;
  std::vector<config::Named<std::string>> types;
  for (const std::string_view type : kAssertionTypes) types.push_back({std::string(type), std::string(type)});
  Schema<A> schema("One thing that an answer must be like.");
  schema
      .Enum("type", &A::type, types,
            {.doc = "What is asserted.", .required = true, .example = "type: contains"})
      .String(
          "name", &A::name,
          {.doc = "Name in findings.", .max = 100, .check = config::CheckOneLine, .default_doc = "`type`"})
      .String("value", &A::value,
              {.doc = "Text, pattern, number, language or JSON schema, as the type asks for.", .max = 8000})
      .Number("weight", &A::weight, {.doc = "How much it counts in the score.", .min = 0, .max = 10})
      .Bool("enabled", &A::enabled, {.doc = "false: not looked at."})
      .Bool("negate", &A::negate, {.doc = "Turns the assertion round."})
      .Bool("case_sensitive", &A::case_sensitive, {.doc = "Whether letters must be written alike."})
      .Enum("mode", &A::mode,
            {{"enforce", std::string("enforce"), "counts in the score."},
             {"audit", std::string("audit"), "is recorded and does not count."},
             {"shadow", std::string("audit"), "the same as audit."}},
            {.doc = "Whether it counts."})
      .Enum("severity", &A::severity,
            {{"critical", std::string("critical"), "an answer without it fails, whatever its score."},
             {"warning", std::string("warning"), "lowers the score."},
             {"info", std::string("warning"), "the same as warning."}},
            {.doc = "What its failure means."});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<QualityWeights> QualityWeightsSchema() {
  using W = QualityWeights;
  Schema<W> schema("What each signal counts in the score, 0 to 10; 0 switches it off.");
  const auto number = [&](const char* key, double W::*member, const char* doc) {
    schema.Number(key, member, {.doc = doc, .min = 0, .max = 10});
  };
  number("length", &W::length, "The bounds of length; an empty answer.");
  number("truncation", &W::truncation, "Open code fences and brackets, an end within a sentence.");
  number("repetition", &W::repetition, "Words that come again and again.");
  number("refusal", &W::refusal, "The model declines.");
  number("language", &W::language, "Another language than wanted.");
  number("citations", &W::citations, "Cited sources and links that the request does not hold.");
  number("numbers", &W::numbers, "Numbers that the request does not hold.");
  number("placeholders", &W::placeholders, "`[your name]`, lorem ipsum.");
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

std::vector<config::Named<OnLowQuality>> LowQualityActions() {
  return {{"log", OnLowQuality::kLog, "record the score and let pass."},
          {"block", OnLowQuality::kBlock, "refuse the answer."},
          {"escalate", OnLowQuality::kEscalate,
           "refuse with the code escalation_required: a person has to decide."},
          {"retry", OnLowQuality::kRetry, "ask again, of whichever target the strategy picks."},
          {"fallback", OnLowQuality::kFallback, "ask again, of another target if there is one."}};
}

// Keeptrusts' spellings of min_aggregate and action.
Schema<QualityScorerOptions> ThresholdsSchema(const char* key) {
  Schema<QualityScorerOptions> schema("From which score on an answer is good.");
  schema.Number(key, &QualityScorerOptions::min_aggregate,
                {.doc = "An answer below this score fails.",
                 .min = 0,
                 .max = 1,
                 .same_as = "policy.quality-scorer.min_score"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<QualityScorerOptions> FailureActionSchema() {
  Schema<QualityScorerOptions> schema("What a low score does.");
  schema.Enum("action", &QualityScorerOptions::action, LowQualityActions(),
              {.doc = "What a low score does.", .same_as = "policy.quality-scorer.action"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

std::string CheckLanguage(std::string_view text) {
  const bool code = text.size() == 2 && text[0] >= 'a' && text[0] <= 'z' && text[1] >= 'a' && text[1] <= 'z';
  return code || text == "match" || text == "any" ? "" : "is neither match, any, nor a code of two letters";
}

}  // namespace

Schema<QualityScorerOptions> QualitySchema() {
  using O = QualityScorerOptions;
  Schema<O> schema("Scores answers by what can be counted; of streams the score is recorded only.");
  schema
      .Enum("action", &O::action, LowQualityActions(),
            {.doc = "What a low score does; in streams it is recorded."})
      .Integer("max_retries", &O::max_retries,
               {.doc = "How often a request is asked again, with `action: retry` or `fallback`.",
                .min = 1,
                .max = 5})
      .Enum("after_retries", &O::after_retries, BlockOrLog(),
            {.doc = "What a low score of the last answer does, with `action: retry` or `fallback`."})
      .Include(&O::control, ModeAndWhenSchema())
      .Number("min_score", &O::min_aggregate,
              {.doc = "An answer below this score fails.", .min = 0, .max = 1})
      .Integer("min_output_chars", &O::min_output_chars,
               {.doc = "Characters of an answer at least.", .min = 0})
      .Integer("max_output_chars", &O::max_output_chars,
               {.doc = "Characters of an answer at most; 0 = no bound.", .min = 0})
      .Integer("min_sentences", &O::min_sentences, {.doc = "Sentences of an answer at least.", .min = 0})
      .String("language", &O::language,
              {.doc = "Language of answers: `match` (that of the request), `any`, or a code such as `de`.",
               .check = CheckLanguage})
      .Section("weights", &O::weights, QualityWeightsSchema())
      .Group("thresholds", ThresholdsSchema("min_aggregate"))
      .Group("pass_policy", ThresholdsSchema("threshold"))
      .Group("failure_action", FailureActionSchema())
      .List("assertions", &O::assertions, AssertionSchema(),
            {.doc = "What answers must be like.", .max_items = 200});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

}  // namespace portcullis::policy
