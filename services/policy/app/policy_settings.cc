#include "services/policy/app/policy_settings.h"

#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "services/policy/app/control_settings.h"
#include "services/policy/app/cost_limit_settings.h"
#include "services/policy/app/moderation_settings.h"
#include "services/policy/app/quality_settings.h"
#include "services/policy/domain/dlp/dlp_pattern.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/safety/taxonomy.h"
#include "services/policy/domain/secrets/secret_rules.h"
#include "services/policy/domain/sql/sql_rules.h"

namespace portcullis::policy {
namespace {

using config::Schema;

config::Check KnownEntity() {
  std::vector<std::string> names;
  for (const EntityInfo& info : Entities()) names.emplace_back(info.name);
  return config::OneOf(std::move(names), "identifier");
}

config::Check KnownMarkerFormat() {
  return config::OneOf({kMarkerFormatNames.begin(), kMarkerFormatNames.end()}, "marker format");
}

config::Check KnownPack() {
  std::vector<std::string> names(Packs().begin(), Packs().end());
  return config::OneOf(std::move(names), "pack");
}

Schema<PromptInjectionOptions> EncodingSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema("What is undone before the text is examined.");
  schema.Bool("decode_base64", &O::decode_base64, {.doc = "Decodes Base64 segments and examines them too."})
      .Bool("decode_hex", &O::decode_hex,
            {.doc = "Decodes runs of hexadecimal digits and examines them too."})
      .Bool("decode_rot13", &O::decode_rot13, {.doc = "Reads words of attacks that are written in ROT13."})
      .Bool("decode_leet", &O::decode_leet,
            {.doc = "Reads digits as the letters that they look like: `1gn0re`."})
      .Bool("normalize_unicode", &O::normalize_unicode,
            {.doc = "Folds compatibility forms and removes invisible characters."})
      .Bool("detect_homoglyphs", &O::detect_homoglyphs,
            {.doc = "Reads Cyrillic and Greek look-alikes as Latin."});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PromptInjectionOptions> ResponseSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema("What a detection does.");
  schema
      .Enum("action", &O::action, BlockOrLog(),
            {.doc = "What a detection does.", .same_as = "policy.prompt-injection.action"})
      .String("message", &O::message,
              {.doc = "What the client is told. Empty: a built-in sentence.",
               .max = 500,
               .check = config::CheckOneLine});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PromptInjectionOptions> DetectionSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema("What is looked for.");
  schema.Strings(
      "attack_patterns", &O::attack_patterns,
      {.doc = "Phrases of your own, besides the built-in ones, matched word by word.", .min = 1, .max = 500});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PromptInjectionOptions> LeakSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema("What an attack that got through would carry out in answers.");
  schema.Bool("links", &O::links, {.doc = "Looks for Markdown images and links whose address carries data."})
      .Enum("link_action", &O::link_action, RedactBlockOrLog(), {.doc = "What such an image or link does."})
      .Strings("allowed_hosts", &O::allowed_hosts,
               {.doc = "Hosts that may be linked with data, and those below them.",
                .min = 1,
                .max = 253,
                .example = "allowed_hosts: [img.shields.io]"})
      .Strings(
          "canaries", &O::canaries,
          {.doc = "Tokens that stand in your system prompts and must never come out.", .min = 8, .max = 200})
      .Enum("canary_action", &O::canary_action, RedactBlockOrLog(),
            {.doc = "What a canary in an answer does."});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PromptInjectionOptions> MultiTurnSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema("Attacks that are spread over the turns of a user.");
  schema
      .Bool("enabled", &O::multi_turn,
            {.doc = "Judges the turns of a user together: phrases cut in parts, signals that add up."})
      .Number("threshold", &O::multi_turn_threshold,
              {.doc = "A conversation is an attack from this score on.",
               .min = 0,
               .max = 1,
               .default_doc = "`threshold` of the policy"})
      .Number("decay", &O::multi_turn_decay,
              {.doc = "What each further turn leaves of the score of those before.", .min = 0, .max = 1});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PromptInjectionOptions> PromptInjectionSchema() {
  using O = PromptInjectionOptions;
  Schema<O> schema(
      "Attempts to override the instructions of the model: phrases, fake boundaries, encoded text.");
  schema
      .Number("threshold", &O::threshold,
              {.doc = "A detection acts from this score on; lower is stricter.", .min = 0, .max = 1})
      .Number("embedding_threshold", &O::threshold,
              {.doc = "A detection acts from this score on.",
               .min = 0,
               .max = 1,
               .same_as = "policy.prompt-injection.threshold"})
      .Enum("action", &O::action, BlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(),
            {.doc = "Requests, answers or both; of answers only their links and canaries are judged."})
      .Include(&O::control, ControlSchema())
      .Group("response", ResponseSchema())
      .Group("encoding", EncodingSchema())
      .Group("detection", DetectionSchema())
      .Number("tool_threshold", &O::tool_threshold,
              {.doc = "The threshold for what tools and retrieved documents say.",
               .min = 0,
               .max = 1,
               .default_doc = "`threshold`"})
      .Group("multi_turn", MultiTurnSchema())
      .Group("output", LeakSchema());
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PiiDetectorOptions> RedactionSchema() {
  using O = PiiDetectorOptions;
  Schema<O> schema("What stands in the place of redacted text.");
  schema
      .Enum("marker_format", &O::marker_format,
            {{"label", MarkerFormat::kLabel, "`[EMAIL]`."},
             {"asterisks", MarkerFormat::kAsterisks, "`**********`."},
             {"partial", MarkerFormat::kPartial, "the last characters stay: `****1111`."},
             {"fake", MarkerFormat::kFake, "an invented value of the same form that is nobody's."},
             {"token", MarkerFormat::kToken,
              "`<EMAIL_1>` for the model; the client gets the text itself back in the answer."}},
            {.doc = "The form of the marker."})
      .Texts("formats", &O::formats,
             {.doc = "Identifier name to marker format, where it differs from `marker_format`.",
              .check = KnownMarkerFormat(),
              .check_key = KnownEntity(),
              .max_items = 200,
              .example = "formats: {email: token, payment_card: partial}"})
      .Bool("preserve_length", &O::preserve_length, {.doc = "The marker is as long as the text it replaces."})
      .Texts("custom_markers", &O::custom_markers,
             {.doc = "Identifier name to marker.",
              .max = 100,
              .check = config::CheckOneLine,
              .check_key = KnownEntity(),
              .max_items = 200});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PiiDetectorOptions> PiiSchema() {
  using O = PiiDetectorOptions;
  Schema<O> schema;
  schema.Enum("action", &O::action, RedactBlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema())
      .Strings(
          "packs", &O::packs,
          {.doc = "Countries whose identifiers are looked for: `all`, `eu`, or country codes. Identifiers of "
                  "no country (e-mail, cards, IBAN, ...) belong to every pack; `global` is those alone.",
           .check = KnownPack(),
           .max_items = 50,
           .example = "packs: [eu, us]"})
      .Bool("healthcare_mode", &O::healthcare_mode,
            {.doc = "Medical record and health insurance numbers, NPI and dates of birth too."})
      .Bool("pci_mode", &O::pci_mode, {.doc = "Security codes of payment cards too."})
      .Bool("detect_names", &O::detect_names,
            {.doc = "Names of persons too, by titles, context and a list of names: see "
                    "docs/policies/pii-detector.md for how well."})
      .Bool("detect_addresses", &O::detect_addresses, {.doc = "Postal addresses too, by their form."})
      .Switches("entities", &O::entities,
                {.doc = "Identifier name to true or false; those not named keep the built-in default.",
                 .check_key = KnownEntity(),
                 .max_items = 200});
  return schema;
}

Schema<PolicySettings> PiiBlockSchema() {
  using S = PolicySettings;
  Schema<PiiDetectorOptions> redaction = RedactionSchema();
  Schema<PiiDetectorOptions> options = PiiSchema();
  Schema<S> redaction_block("What stands in the place of redacted text.");
  redaction_block.Include(&S::chain, Schema<ChainOptions>().Include(&ChainOptions::pii_detector, redaction))
      .Bool("include_metadata", &S::include_metadata, {.doc = "Lists what was redacted in the decision."})
      .UnknownKeys(config::code::kUnknownPolicyKey, "key");
  Schema<S> schema(
      "Personal data in requests and answers: e-mail addresses, telephone numbers, payment cards, ids.");
  schema.Include(&S::chain, Schema<ChainOptions>().Include(&ChainOptions::pii_detector, options))
      .Group("redaction", redaction_block);
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

config::Check KnownSecret() {
  std::vector<std::string> names;
  for (const std::string_view name : SecretNames()) names.emplace_back(name);
  return config::OneOf(std::move(names), "secret");
}

Schema<SecretsOptions> SecretsSchema() {
  using O = SecretsOptions;
  Schema<O> schema("Keys, tokens, private keys and passwords in requests and answers.");
  schema.Enum("action", &O::action, RedactBlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema())
      .Switches("rules", &O::rules,
                {.doc = "Name of a secret to true or false; all are on.",
                 .check_key = KnownSecret(),
                 .max_items = 200,
                 .example = "rules: {assignment: false}"})
      .String("marker", &O::marker,
              {.doc = "What stands in the place of a secret.", .max = 100, .check = config::CheckOneLine});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

config::Check KnownSqlRule() {
  std::vector<std::string> names;
  for (const SqlRuleInfo& rule : kSqlRules) names.emplace_back(rule.name);
  return config::OneOf(std::move(names), "rule");
}

Schema<SqlInjectionOptions> SqlSchema() {
  using O = SqlInjectionOptions;
  Schema<O> schema("SQL injection in arguments of tool calls and in what tools answer.");
  schema.Enum("action", &O::action, RedactBlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema())
      .Bool("prose", &O::prose, {.doc = "Examines plain text too, not only arguments and answers of tools."})
      .Switches("rules", &O::rules,
                {.doc = "Name of a rule to true or false; all are on.",
                 .check_key = KnownSqlRule(),
                 .max_items = 50,
                 .example = "rules: {order_by: false}"});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

// A term needs a letter or digit: everything else separates words.
std::string CheckTerm(std::string_view text) {
  for (const char c : text) {
    const bool ascii_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (ascii_word || static_cast<uint8_t>(c) >= 0x80) return {};
  }
  return "holds no letter or digit";
}

Schema<DlpFilterOptions> DlpSchema() {
  using O = DlpFilterOptions;
  Schema<O> schema("Terms and patterns of your own that must not leave.");
  schema.Enum("action", &O::action, RedactBlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema())
      .Strings("blocked_terms", &O::blocked_terms,
               {.doc = "Words and phrases, in any case, matched word by word.",
                .min = 1,
                .max = 200,
                .check = CheckTerm,
                .max_items = 2000,
                .example = "blocked_terms: [Project Nightingale]"})
      .Strings("detect_patterns", &O::detect_patterns,
               {.doc = "Regular expressions that run in linear time; see docs/policies/dlp-filter.md.",
                .min = 1,
                .max = 1000,
                .check = DlpPatternProblem,
                .max_items = 2000,
                .example = "detect_patterns: ['\\bPRJ-\\d{4,6}\\b']"})
      .Bool("fuzzy_matching", &O::fuzzy_matching, {.doc = "Finds terms with wrong letters too."})
      .Integer("max_distance", &O::max_distance,
               {.doc = "Wrong letters in a word, with `fuzzy_matching`; in short words fewer.",
                .min = 0,
                .max = 8})
      .Enum("sensitivity_level", &O::sensitivity_level,
            {{"standard", Sensitivity::kStandard, "your terms and patterns alone."},
             {"high", Sensitivity::kHigh,
              "markings of documents too: \"strictly confidential\", \"internal use only\"."},
             {"restricted", Sensitivity::kRestricted, "single words too: \"confidential\", \"TLP:RED\"."}},
            {.doc = "Which markings of documents are looked for."})
      .String(
          "marker", &O::marker,
          {.doc = "What stands in the place of what was found.", .max = 100, .check = config::CheckOneLine});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

config::Check KnownHarm() {
  std::vector<std::string> names;
  for (const SafetyCategory& category : SafetyCategories()) names.emplace_back(category.name);
  return config::OneOf(std::move(names), "category");
}

Schema<SafetyFilterOptions> SafetySchema() {
  using O = SafetyFilterOptions;
  Schema<O> schema("Harmful content, by phrases.");
  schema
      .Enum("mode", &O::mode,
            {{"strict", std::string("strict"), "general harm classes."},
             {"critical_infrastructure", std::string("critical_infrastructure"),
              "the same, and attacks on plants, grids and their controls."},
             {"automotive", std::string("automotive"),
              "the same, and what makes vehicles unsafe or steals them."},
             {"education", std::string("education"), "the same, and cheating and what is not for pupils."},
             {"law_enforcement", std::string("law_enforcement"),
              "the same, and evading or impersonating the police."}},
            {.doc = "Which built-in phrases are looked for."})
      .Switches("categories", &O::categories,
                {.doc = "Category of harm to true or false; all are on.",
                 .check_key = KnownHarm(),
                 .max_items = 50,
                 .example = "categories: {hate: false}"})
      .Bool("fuzzy_matching", &O::fuzzy_matching, {.doc = "Finds phrases with wrong letters too."})
      .Integer("max_distance", &O::max_distance,
               {.doc = "Wrong letters in a word, with `fuzzy_matching`; in short words fewer.",
                .min = 0,
                .max = 8})
      .Enum("action", &O::action, BlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, ApplyToNames(), {.doc = "Requests, answers or both."})
      .Include(&O::control, ControlSchema("enforcement"))
      .Strings("block_if", &O::block_if,
               {.doc = "Phrases of your own, besides those of the mode, matched word by word.",
                .min = 1,
                .max = 500});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

Schema<PolicyLimits> LimitsSchema() {
  using L = PolicyLimits;
  Schema<L> schema;
  schema
      .Integer("max_text_bytes", &L::max_text_bytes,
               {.doc = "Text of one exchange and direction; more is refused.",
                .unit = "bytes",
                .min = 1024,
                .max = 1 << 30})
      .Integer("max_segments", &L::max_segments,
               {.doc = "Pieces of text of one request; more is refused.", .min = 1, .max = 10'000'000});
  return schema;
}

}  // namespace

Schema<PolicySettings> PoliciesSchema() {
  Schema<ChainOptions> chain;
  chain.Strings(
      "chain", &ChainOptions::chain,
      {.doc = "Kinds of policies in the order in which they run. Order decides which policy is named when "
              "several block.",
       .max = 100,
       .max_items = 100,
       .example = "chain: [prompt-injection, pii-detector]"});
  Schema<PolicySettings> schema("What runs on every request and every answer.");
  return schema.Include(&PolicySettings::chain, chain);
}

Schema<PolicySettings> PolicyBlocksSchema() {
  using S = PolicySettings;
  Schema<ChainOptions> blocks;
  blocks.Section("prompt-injection", &ChainOptions::prompt_injection, PromptInjectionSchema());
  Schema<ChainOptions> more;
  more.Section("secrets", &ChainOptions::secrets, SecretsSchema())
      .Section("safety-filter", &ChainOptions::safety_filter, SafetySchema())
      .Section("quality-scorer", &ChainOptions::quality_scorer, QualitySchema())
      .Section("dlp-filter", &ChainOptions::dlp_filter, DlpSchema())
      .Section("sql-injection", &ChainOptions::sql_injection, SqlSchema())
      .Section("cost-limit", &ChainOptions::cost_limit, CostLimitSchema())
      .Section("external-moderation", &ChainOptions::external_moderation, ModerationSchema());
  Schema<S> schema;
  return schema.Include(&S::chain, blocks).Group("pii-detector", PiiBlockSchema()).Include(&S::chain, more);
}

Schema<PolicySettings> PolicyServiceSchema() {
  using S = PolicyServerSettings;
  Schema<S> server;
  server
      .String("listen", &S::listen,
              {.doc = "Address of the gRPC server.", .needs_restart = true, .check = config::CheckAddress})
      .String("admin_listen", &S::admin_listen,
              {.doc = "Address of metrics, health and configuration.",
               .needs_restart = true,
               .check = config::CheckAddress});
  Schema<ChainOptions> limits;
  limits.Include(&ChainOptions::limits, LimitsSchema());
  Schema<PolicySettings> schema("The policy service as a process of its own, and its limits.");
  return schema.Include(&PolicySettings::server, server)
      .Include(&PolicySettings::chain, limits)
      .Section("catalog", &PolicySettings::catalog, CatalogSchema());
}

}  // namespace portcullis::policy
