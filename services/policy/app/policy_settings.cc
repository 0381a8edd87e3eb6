#include "services/policy/app/policy_settings.h"

#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "services/policy/app/control_settings.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/secrets/secret_rules.h"

namespace portcullis::policy {
namespace {

using config::Schema;

const std::vector<config::Named<ApplyTo>> kApplyTo = {
    {"both", ApplyTo::kBoth}, {"input", ApplyTo::kInput}, {"output", ApplyTo::kOutput}};

std::vector<config::Named<OnDetect>> BlockOrLog() {
  return {
      {"block", OnDetect::kBlock, "refuse the request or the answer."},
      {"log", OnDetect::kAllow, "record the finding and let pass."},
      {"escalate", OnDetect::kEscalate, "refuse with the code escalation_required: a person has to decide."}};
}

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
      .Enum("apply_to", &O::apply_to, {{"input", ApplyTo::kInput}},
            {.doc = "Requests: answers are not judged."})
      .Include(&O::control, ControlSchema())
      .Group("response", ResponseSchema())
      .Group("encoding", EncodingSchema())
      .Group("detection", DetectionSchema());
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
  schema
      .Enum("action", &O::action,
            {{"redact", OnDetect::kRedact, "replace what was found by a marker."},
             {"block", OnDetect::kBlock, "refuse the request or the answer."},
             {"log", OnDetect::kAllow, "record the finding and let pass."},
             {"escalate", OnDetect::kEscalate,
              "refuse with the code escalation_required: a person has to decide."}},
            {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, kApplyTo, {.doc = "Requests, answers or both."})
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
  schema
      .Enum("action", &O::action,
            {{"redact", OnDetect::kRedact, "replace what was found by a marker."},
             {"block", OnDetect::kBlock, "refuse the request or the answer."},
             {"log", OnDetect::kAllow, "record the finding and let pass."},
             {"escalate", OnDetect::kEscalate,
              "refuse with the code escalation_required: a person has to decide."}},
            {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, kApplyTo, {.doc = "Requests, answers or both."})
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

Schema<SafetyFilterOptions> SafetySchema() {
  using O = SafetyFilterOptions;
  Schema<O> schema("Harmful content, by phrases.");
  schema
      .Enum("mode", &O::mode, {{"strict", std::string("strict"), "general harm classes."}},
            {.doc = "Which built-in phrases are looked for."})
      .Enum("action", &O::action, BlockOrLog(), {.doc = "What a detection does."})
      .Enum("apply_to", &O::apply_to, kApplyTo, {.doc = "Requests, answers or both."})
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
      .Section("safety-filter", &ChainOptions::safety_filter, SafetySchema());
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
  return schema.Include(&PolicySettings::server, server).Include(&PolicySettings::chain, limits);
}

}  // namespace portcullis::policy
