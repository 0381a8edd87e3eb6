#include "services/policy/app/control_settings.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"

namespace portcullis::policy {
namespace {

using config::Schema;

constexpr size_t kMaxPatterns = 100;

std::vector<std::string> Names(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

// Names that a condition must not look at: they hold credentials, which no policy is given.
std::string CheckConditionHeader(std::string_view name) {
  constexpr std::array<std::string_view, 6> kCredentials = {"authorization",       "cookie",    "set-cookie",
                                                            "proxy-authorization", "x-api-key", "api-key"};
  if (std::string problem = config::CheckHeaderName(name); !problem.empty()) return problem;
  if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return "must be written in lower case";
  }
  const bool secret = std::find(kCredentials.begin(), kCredentials.end(), name) != kCredentials.end();
  return secret ? "holds a credential, which policies do not see" : "";
}

std::string CheckDay(std::string_view text) {
  return AfterDay(text).has_value() ? "" : "must be a day as in 2026-12-31";
}

std::string CheckSha256(std::string_view text) {
  const bool hex = std::all_of(text.begin(), text.end(),
                               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return text.size() == 64 && hex ? "" : "must be 64 hexadecimal digits in lower case";
}

Schema<PolicyException> ExceptionSchema() {
  using E = PolicyException;
  Schema<E> schema("Findings that are recorded and left alone until a day.");
  schema
      .String("reason", &E::reason,
              {.doc = "Why; stands in the audit record.", .max = 200, .check = config::CheckOneLine})
      .String("expires", &E::expires,
              {.doc = "Last day (UTC) on which it holds.",
               .required = true,
               .check = CheckDay,
               .example = "expires: 2026-12-31"})
      .Strings("rules", &E::rules,
               {.doc = "Patterns of the rules that it covers: `email`, `instruction_override.*`.",
                .max_items = kMaxPatterns})
      .Strings(
          "values", &E::values,
          {.doc = "Patterns of the text that was found, as policies read it.", .max_items = kMaxPatterns})
      .Strings("value_sha256", &E::value_sha256,
               {.doc = "SHA-256 of the text that was found, so that the text need not stand here.",
                .check = CheckSha256})
      .Strings("tenants", &E::tenants,
               {.doc = "Patterns of the tenants for which it holds.", .max_items = kMaxPatterns});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

void DeclareMode(const std::string& key, Schema<PolicyControl>& schema) {
  schema.Enum(key, &PolicyControl::mode,
              {{"enforce", PolicyMode::kEnforce, "what the policy decides is done."},
               {"observe", PolicyMode::kObserve, "decides and records, and lets pass."}},
              {.doc = "Whether the policy acts."});
}

}  // namespace

Schema<PolicyCondition> ConditionSchema() {
  using C = PolicyCondition;
  Schema<C> schema(
      "When the policy runs: all that is given must hold. In patterns `*` stands for any characters, `?` for "
      "one.");
  schema
      .Strings("model", &C::models,
               {.doc = "Patterns of the model that the client asks for.",
                .max_items = kMaxPatterns,
                .example = "model: [\"mistral-*\"]"})
      .Strings("tenant", &C::tenants,
               {.doc = "Patterns of the tenant; `default` is the one of callers without.",
                .max_items = kMaxPatterns})
      .Texts(
          "header", &C::headers,
          {.doc =
               "Name of a request's header, in lower case, to a pattern. A header is what the client says.",
           .check_key = CheckConditionHeader,
           .max_items = 20,
           .example = "header: {x-team: \"legal-*\"}"})
      .Strings("modality", &C::modalities,
               {.doc = "What the request holds: `text`, `image`, `audio`, `tools`.",
                .check = config::OneOf(Names(kModalityNames), "modality")})
      .Strings("target", &C::targets,
               {.doc = "Patterns of the target that answers; with `apply_to: output` alone.",
                .max_items = kMaxPatterns});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PolicyControl> ModeAndWhenSchema() {
  Schema<PolicyControl> schema;
  DeclareMode("mode", schema);
  return schema.Section("when", &PolicyControl::when, ConditionSchema());
}

Schema<PolicyControl> ControlSchema(const std::string& mode_key) {
  using C = PolicyControl;
  Schema<C> schema;
  DeclareMode(mode_key, schema);
  schema
      .Enum("stream", &C::stream,
            {{"exact", StreamMode::kExact, "text leaves as soon as it is decided."},
             {"sentence", StreamMode::kSentence, "whole sentences leave."},
             {"buffer", StreamMode::kBuffer, "nothing leaves before the text is complete."},
             {"observe", StreamMode::kObserve, "nothing is held back: findings are recorded alone."}},
            {.doc = "How a streamed answer leaves."})
      .Strings("roles", &C::roles,
               {.doc = "Whose texts of a request are judged: `system`, `user`, `assistant`, `tool`.",
                .check = config::OneOf(Names(kRoleNames), "role"),
                .default_doc = "the kind's own"})
      .Section("when", &C::when, ConditionSchema())
      .Enum("fail_mode", &C::fail_mode, {{"block", FailMode::kBlock}, {"allow", FailMode::kAllow}},
            {.doc = "What becomes of text that the policy could not judge in time.",
             .default_doc = "the value of gateway.fail_mode"})
      .Milliseconds("timeout_ms", &C::timeout,
                    {.doc = "Time for one request, one whole answer or one stream. 0: no limit.",
                     .min = 0,
                     .max = 600'000})
      .List("exceptions", &C::exceptions, ExceptionSchema(), {.max_items = 1'000});
  return schema;
}

std::vector<config::Named<ApplyTo>> ApplyToNames() {
  return {{"both", ApplyTo::kBoth}, {"input", ApplyTo::kInput}, {"output", ApplyTo::kOutput}};
}

std::vector<config::Named<OnDetect>> BlockOrLog() {
  return {
      {"block", OnDetect::kBlock, "refuse the request or the answer."},
      {"log", OnDetect::kAllow, "record the finding and let pass."},
      {"escalate", OnDetect::kEscalate, "refuse with the code escalation_required: a person has to decide."}};
}

std::vector<config::Named<OnDetect>> RedactBlockOrLog() {
  return {
      {"redact", OnDetect::kRedact, "replace what was found by a marker."},
      {"block", OnDetect::kBlock, "refuse the request or the answer."},
      {"log", OnDetect::kAllow, "record the finding and let pass."},
      {"escalate", OnDetect::kEscalate, "refuse with the code escalation_required: a person has to decide."}};
}

}  // namespace portcullis::policy
