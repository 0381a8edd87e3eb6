#include "services/policy/app/policy_settings.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/config/reader.h"
#include "services/policy/app/moderation_settings.h"

namespace portcullis::policy {
namespace {

struct Root {
  PolicySettings policy;
};

PolicySettings Read(const std::string& text, config::Issues& issues) {
  config::Schema<Root> services;
  services.Section("policy", &Root::policy, PolicyServiceSchema());
  config::Schema<Root> root;
  root.Section("policies", &Root::policy, PoliciesSchema())
      .Section("policy", &Root::policy, PolicyBlocksSchema())
      .Group("services", services);
  const auto document = config::Document::Parse("f.yaml", text, issues);
  Root value;
  config::ReadInto(document, root, {}, value, issues);
  return value.policy;
}

PolicySettings Good(const std::string& text) {
  config::Issues issues;
  PolicySettings settings = Read(text, issues);
  EXPECT_TRUE(issues.all().empty()) << issues.Text();
  return settings;
}

std::string OnlyProblem(const std::string& text) {
  config::Issues issues;
  Read(text, issues);
  return issues.all().size() == 1 ? issues.all()[0].code + " " + issues.all()[0].message : issues.Text();
}

TEST(PolicySettings, ReadsTheChain) {
  EXPECT_EQ(Good("policies: {chain: [pii-detector, prompt-injection]}\n").chain.chain,
            (std::vector<std::string>{"pii-detector", "prompt-injection"}));
}

TEST(PolicySettings, ReadsPromptInjectionFlat) {
  const auto options =
      Good("policy: {prompt-injection: {threshold: 0.6, action: log}}\n").chain.prompt_injection;
  EXPECT_DOUBLE_EQ(options.threshold, 0.6);
  EXPECT_EQ(options.action, OnDetect::kAllow);
}

TEST(PolicySettings, ReadsPromptInjectionNested) {
  const auto options =
      Good(
          "policy:\n  prompt-injection:\n    embedding_threshold: 0.75\n"
          "    response: {action: block, message: Not allowed here.}\n"
          "    encoding: {decode_base64: false, normalize_unicode: false, detect_homoglyphs: false}\n"
          "    detection: {attack_patterns: [open sesame]}\n")
          .chain.prompt_injection;
  EXPECT_DOUBLE_EQ(options.threshold, 0.75);
  EXPECT_EQ(options.action, OnDetect::kBlock);
  EXPECT_EQ(options.message, "Not allowed here.");
  EXPECT_FALSE(options.decode_base64);
  EXPECT_FALSE(options.normalize_unicode);
  EXPECT_FALSE(options.detect_homoglyphs);
  EXPECT_EQ(options.attack_patterns, std::vector<std::string>{"open sesame"});
}

TEST(PolicySettings, NamesAndAddressesAreOffByDefault) {
  auto options = Good("policy: {pii-detector: {action: block}}\n").chain.pii_detector;
  EXPECT_FALSE(options.detect_names || options.detect_addresses);
  options = Good("policy: {pii-detector: {detect_names: true, detect_addresses: true}}\n").chain.pii_detector;
  EXPECT_TRUE(options.detect_names && options.detect_addresses);
  config::Issues issues;
  Read("policy:\n  pii-detector:\n    detect_names: sometimes\n", issues);
  EXPECT_NE(issues.Text().find("f.yaml:3"), std::string::npos) << issues.Text();
}

TEST(PolicySettings, ReadsMultiTurn) {
  auto options =
      Good("policy: {prompt-injection: {multi_turn: {enabled: false, threshold: 0.9, decay: 0.5}}}\n")
          .chain.prompt_injection;
  EXPECT_FALSE(options.multi_turn);
  EXPECT_EQ(options.multi_turn_threshold, 0.9);
  EXPECT_DOUBLE_EQ(options.multi_turn_decay, 0.5);
  options = Good("policy: {prompt-injection: {threshold: 0.7}}\n").chain.prompt_injection;
  EXPECT_TRUE(options.multi_turn);
  EXPECT_EQ(options.multi_turn_threshold, std::nullopt);
  config::Issues issues;
  Read("policy:\n  prompt-injection:\n    multi_turn:\n      decay: 1.5\n", issues);
  EXPECT_NE(issues.Text().find("f.yaml:4"), std::string::npos) << issues.Text();
  EXPECT_NE(issues.Text().find("multi_turn.decay"), std::string::npos) << issues.Text();
}

TEST(PolicySettings, ReadsWhatGuardsAnswers) {
  const auto options =
      Good(
          "policy:\n  prompt-injection:\n    tool_threshold: 0.6\n"
          "    encoding: {decode_hex: false, decode_rot13: false, decode_leet: false}\n"
          "    output: {links: false, link_action: redact, allowed_hosts: [a.b], canaries: [abcdefgh], "
          "canary_action: redact}\n")
          .chain.prompt_injection;
  EXPECT_EQ(options.tool_threshold, 0.6);
  EXPECT_FALSE(options.decode_hex || options.decode_rot13 || options.decode_leet || options.links);
  EXPECT_EQ(options.link_action, OnDetect::kRedact);
  EXPECT_EQ(options.allowed_hosts, std::vector<std::string>{"a.b"});
  EXPECT_EQ(options.canaries, std::vector<std::string>{"abcdefgh"});
  EXPECT_EQ(options.canary_action, OnDetect::kRedact);
}

TEST(PolicySettings, FlatAndNestedMustAgree) {
  EXPECT_EQ(
      OnlyProblem("policy: {prompt-injection: {threshold: 0.5, embedding_threshold: 0.6}}\n"),
      "E017 policy.prompt-injection.embedding_threshold and policy.prompt-injection.threshold are the same "
      "setting and differ");
  EXPECT_EQ(OnlyProblem("policy: {prompt-injection: {action: block, response: {action: log}}}\n"),
            "E017 policy.prompt-injection.response.action and policy.prompt-injection.action are the same "
            "setting and "
            "differ");
}

TEST(PolicySettings, ReadsPacksAndFormats) {
  const auto options = Good(
                           "policy:\n  pii-detector:\n    packs: [eu, us]\n"
                           "    redaction: {marker_format: token, formats: {payment_card: partial}}\n")
                           .chain.pii_detector;
  EXPECT_EQ(options.packs, (std::vector<std::string>{"eu", "us"}));
  EXPECT_EQ(options.marker_format, MarkerFormat::kToken);
  EXPECT_EQ(options.formats.at("payment_card"), "partial");
  EXPECT_TRUE(options.pci_mode);
  EXPECT_FALSE(options.healthcare_mode);
  EXPECT_NE(OnlyProblem("policy: {pii-detector: {packs: [atlantis]}}\n").find("atlantis"), std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {pii-detector: {redaction: {formats: {email: stars}}}}\n").find("stars"),
            std::string::npos);
}

TEST(PolicySettings, ReadsSecrets) {
  const auto defaults = Good("policy: {secrets: {}}\n").chain.secrets;
  EXPECT_EQ(defaults.action, OnDetect::kRedact);
  EXPECT_EQ(defaults.marker, "[SECRET]");
  const auto options =
      Good("policy: {secrets: {action: block, apply_to: input, rules: {jwt: false}, marker: '<x>'}}\n")
          .chain.secrets;
  EXPECT_EQ(options.action, OnDetect::kBlock);
  EXPECT_EQ(options.apply_to, ApplyTo::kInput);
  EXPECT_FALSE(options.rules.at("jwt"));
  EXPECT_EQ(options.marker, "<x>");
  EXPECT_NE(OnlyProblem("policy: {secrets: {rules: {jot: false}}}\n").find("jot"), std::string::npos);
}

TEST(PolicySettings, ReadsThePiiDetector) {
  const PolicySettings settings = Good(
      "policy:\n  pii-detector:\n    action: block\n    apply_to: output\n    entities: {email: false, iban: "
      "true}\n"
      "    healthcare_mode: true\n    pci_mode: false\n"
      "    redaction: {marker_format: partial, preserve_length: true, include_metadata: false,"
      " custom_markers: {email: '<mail>'}}\n");
  const auto& options = settings.chain.pii_detector;
  EXPECT_EQ(options.action, OnDetect::kBlock);
  EXPECT_EQ(options.apply_to, ApplyTo::kOutput);
  EXPECT_EQ(options.entities, (std::map<std::string, bool>{{"email", false}, {"iban", true}}));
  EXPECT_EQ(options.marker_format, MarkerFormat::kPartial);
  EXPECT_TRUE(options.preserve_length);
  EXPECT_EQ(options.custom_markers.at("email"), "<mail>");
  EXPECT_TRUE(settings.chain.pii_detector.healthcare_mode);
  EXPECT_FALSE(settings.chain.pii_detector.pci_mode);
  EXPECT_FALSE(settings.include_metadata);
}

TEST(PolicySettings, ReadsTheSafetyFilter) {
  const auto options =
      Good("policy: {safety-filter: {mode: strict, action: log, apply_to: input, block_if: [a b]}}\n")
          .chain.safety_filter;
  EXPECT_EQ(options.mode, "strict");
  EXPECT_EQ(options.action, OnDetect::kAllow);
  EXPECT_EQ(options.apply_to, ApplyTo::kInput);
  EXPECT_EQ(options.block_if, std::vector<std::string>{"a b"});
}

TEST(PolicySettings, ReadsSqlInjection) {
  const auto defaults = Good("policy: {sql-injection: {}}\n").chain.sql_injection;
  EXPECT_EQ(defaults.action, OnDetect::kBlock);
  EXPECT_FALSE(defaults.prose);
  const auto options =
      Good("policy: {sql-injection: {action: redact, apply_to: input, prose: true, rules: {union: false}}}\n")
          .chain.sql_injection;
  EXPECT_EQ(options.action, OnDetect::kRedact);
  EXPECT_EQ(options.apply_to, ApplyTo::kInput);
  EXPECT_TRUE(options.prose);
  EXPECT_FALSE(options.rules.at("union"));
  EXPECT_NE(OnlyProblem("policy: {sql-injection: {rules: {onion: false}}}\n").find("onion"),
            std::string::npos);
}

TEST(PolicySettings, ReadsTheDlpFilter) {
  const auto options = Good(
                           "policy:\n  dlp-filter:\n    action: block\n    blocked_terms: [a b]\n    "
                           "detect_patterns: ['x\\d+']\n"
                           "    fuzzy_matching: true\n    max_distance: 3\n    sensitivity_level: "
                           "restricted\n    marker: '<x>'\n")
                           .chain.dlp_filter;
  EXPECT_EQ(options.action, OnDetect::kBlock);
  EXPECT_EQ(options.blocked_terms, std::vector<std::string>{"a b"});
  EXPECT_EQ(options.detect_patterns, std::vector<std::string>{"x\\d+"});
  EXPECT_TRUE(options.fuzzy_matching);
  EXPECT_EQ(options.max_distance, 3);
  EXPECT_EQ(options.sensitivity_level, Sensitivity::kRestricted);
  EXPECT_EQ(options.marker, "<x>");
}

TEST(PolicySettings, PatternsThatBacktrackAreToldWithTheirPlace) {
  config::Issues issues;
  Read("policy:\n  dlp-filter:\n    detect_patterns:\n      - ok+\n      - '(a)\\1'\n", issues);
  ASSERT_EQ(issues.all().size(), 1u) << issues.Text();
  EXPECT_EQ(issues.all()[0].code, "E015");
  EXPECT_EQ(issues.all()[0].line, 5);
  EXPECT_NE(issues.all()[0].message.find("policy.dlp-filter.detect_patterns"), std::string::npos)
      << issues.all()[0].message;
  EXPECT_NE(issues.all()[0].message.find("backtracking"), std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {dlp-filter: {blocked_terms: ['--']}}\n").find("no letter"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {dlp-filter: {max_distance: 9}}\n").find("max_distance"), std::string::npos);
}

TEST(PolicySettings, ReadsTheModesOfTheSafetyFilter) {
  const auto options =
      Good(
          "policy: {safety-filter: {mode: education, categories: {hate: false}, fuzzy_matching: true, "
          "max_distance: 2}}\n")
          .chain.safety_filter;
  EXPECT_EQ(options.mode, "education");
  EXPECT_FALSE(options.categories.at("hate"));
  EXPECT_TRUE(options.fuzzy_matching);
  EXPECT_EQ(options.max_distance, 2);
  EXPECT_NE(OnlyProblem("policy: {safety-filter: {categories: {hatred: false}}}\n").find("hatred"),
            std::string::npos);
}

TEST(PolicySettings, ReadsTheQualityScorer) {
  const auto options =
      Good(
          "policy:\n  quality-scorer:\n    min_output_chars: 5\n    min_sentences: 2\n    language: de\n"
          "    weights: {numbers: 3}\n    thresholds: {min_aggregate: 0.8}\n    failure_action: {action: "
          "block}\n"
          "    assertions:\n      - {type: is-json, mode: shadow, severity: critical, negate: true}\n")
          .chain.quality_scorer;
  EXPECT_EQ(options.action, OnLowQuality::kBlock);
  EXPECT_DOUBLE_EQ(options.min_aggregate, 0.8);
  EXPECT_EQ(options.min_output_chars, 5u);
  EXPECT_EQ(options.min_sentences, 2u);
  EXPECT_EQ(options.language, "de");
  EXPECT_DOUBLE_EQ(options.weights.numbers, 3);
  EXPECT_DOUBLE_EQ(options.weights.length, 1);
  ASSERT_EQ(options.assertions.size(), 1u);
  EXPECT_EQ(options.assertions[0].type, "is-json");
  EXPECT_EQ(options.assertions[0].mode, "audit");
  EXPECT_EQ(options.assertions[0].severity, "critical");
  EXPECT_TRUE(options.assertions[0].negate);
  EXPECT_NE(OnlyProblem("policy: {quality-scorer: {assertions: [{type: llm-rubric}]}}\n").find("llm-rubric"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {quality-scorer: {language: german}}\n").find("language"),
            std::string::npos);
  const auto again =
      Good(
          "policy: {quality-scorer: {failure_action: {action: fallback}, max_retries: 3, after_retries: "
          "escalate}}\n")
          .chain.quality_scorer;
  EXPECT_EQ(again.action, OnLowQuality::kFallback);
  EXPECT_EQ(again.max_retries, 3u);
  EXPECT_EQ(again.after_retries, OnDetect::kEscalate);
  EXPECT_NE(OnlyProblem("policy: {quality-scorer: {max_retries: 9}}\n").find("max_retries"),
            std::string::npos);
}

TEST(PolicySettings, UnknownKeysOfABlockListTheValidOnes) {
  config::Issues issues;
  Read("policy: {safety-filter: {mod: strict}}\n", issues);
  ASSERT_EQ(issues.all().size(), 1u);
  EXPECT_EQ(issues.all()[0].code, "E002");
  EXPECT_EQ(issues.all()[0].suggestion,
            "did you mean \"mode\"? valid: mode, categories, fuzzy_matching, max_distance, action, apply_to, "
            "enforcement, stream, roles, when, fail_mode, timeout_ms, exceptions, block_if");
}

TEST(PolicySettings, RefusesBadEntityNamesAndMarkers) {
  EXPECT_EQ(OnlyProblem("policy: {pii-detector: {entities: {E-Mail: true}}}\n"),
            "E015 policy.pii-detector.entities knows no identifier \"E-Mail\"; did you mean \"email\"?");
  EXPECT_EQ(OnlyProblem("policy: {pii-detector: {redaction: {custom_markers: {email: \"a\\nb\"}}}}\n"),
            "E015 policy.pii-detector.redaction.custom_markers \"email\" must be one line without control "
            "characters");
}

TEST(PolicySettings, ReadsWhatEveryPolicyHas) {
  const ChainOptions chain =
      Good(
          "policy:\n  pii-detector:\n    mode: observe\n    stream: sentence\n    roles: [user, tool]\n"
          "    when: {model: mistral-*, tenant: [acme, default], header: {x-team: legal-*}, modality: "
          "[image],"
          " target: eu-*}\n"
          "    fail_mode: allow\n    timeout_ms: 20\n"
          "    exceptions:\n      - {reason: our desk, expires: 2026-12-31, rules: [email], values: "
          "['*@x.io'],"
          " tenants: acme}\n"
          "  safety-filter: {mode: strict, enforcement: observe, action: escalate}\n"
          "  prompt-injection: {apply_to: input, timeout_ms: 5}\n"
          "  secrets: {stream: buffer}\n")
          .chain;
  const PolicyControl& pii = chain.pii_detector.control;
  EXPECT_EQ(pii.mode, PolicyMode::kObserve);
  EXPECT_EQ(pii.stream, StreamMode::kSentence);
  EXPECT_EQ(pii.roles, (std::vector<std::string>{"user", "tool"}));
  EXPECT_EQ(pii.when.models, std::vector<std::string>{"mistral-*"});
  EXPECT_EQ(pii.when.tenants, (std::vector<std::string>{"acme", "default"}));
  EXPECT_EQ(pii.when.headers.at("x-team"), "legal-*");
  EXPECT_EQ(pii.when.modalities, std::vector<std::string>{"image"});
  EXPECT_EQ(pii.when.targets, std::vector<std::string>{"eu-*"});
  EXPECT_EQ(pii.fail_mode, FailMode::kAllow);
  EXPECT_EQ(pii.timeout.count(), 20);
  ASSERT_EQ(pii.exceptions.size(), 1u);
  EXPECT_EQ(pii.exceptions[0].reason, "our desk");
  EXPECT_EQ(pii.exceptions[0].expires, "2026-12-31");
  EXPECT_EQ(pii.exceptions[0].rules, std::vector<std::string>{"email"});
  EXPECT_EQ(pii.exceptions[0].values, std::vector<std::string>{"*@x.io"});
  EXPECT_EQ(pii.exceptions[0].tenants, std::vector<std::string>{"acme"});
  EXPECT_EQ(chain.safety_filter.control.mode, PolicyMode::kObserve);
  EXPECT_EQ(chain.safety_filter.action, OnDetect::kEscalate);
  EXPECT_EQ(chain.prompt_injection.control.timeout.count(), 5);
  EXPECT_EQ(chain.secrets.control.stream, StreamMode::kBuffer);
  EXPECT_TRUE(Good("policy: {secrets: {action: block}}\n").chain.secrets.control.plain());
}

TEST(PolicySettings, RefusesControlsThatMeanNothing) {
  EXPECT_EQ(OnlyProblem("policy: {secrets: {mode: audit}}\n").substr(0, 25), "E015 policy.secrets.mode ");
  EXPECT_NE(OnlyProblem("policy: {secrets: {roles: [usr]}}\n").find("did you mean \"user\"?"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {secrets: {when: {modality: [video]}}}\n").find("video"), std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {secrets: {when: {header: {authorization: 'x*'}}}}\n").find("credential"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {secrets: {when: {header: {X-Team: a}}}}\n").find("lower case"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {secrets: {exceptions: [{expires: 2026-02-30, rules: [jwt]}]}}\n")
                .find("must be a day as in 2026-12-31"),
            std::string::npos);
  EXPECT_NE(
      OnlyProblem("policy: {secrets: {exceptions: [{rules: [jwt]}]}}\n").find("lacks the key \"expires\""),
      std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {secrets: {exceptions: [{expires: 2026-02-28, value_sha256: [abc]}]}}\n")
                .find("64 hexadecimal digits"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {prompt-injection: {apply_to: everything}}\n").find("E015"),
            std::string::npos);
}

TEST(PolicySettings, ReadsCostLimit) {
  const auto options = Good(
                           "policy: {cost-limit: {max_cost_usd: 0.05, limits: [{max_cost_usd: 2, when: "
                           "{tenant: [research]}}]}}\n")
                           .chain.cost_limit;
  EXPECT_DOUBLE_EQ(options.max_cost_usd.value_or(0), 0.05);
  ASSERT_EQ(options.limits.size(), 1u);
  EXPECT_DOUBLE_EQ(options.limits[0].max_cost_usd, 2);
  EXPECT_EQ(options.limits[0].when.tenants, std::vector<std::string>{"research"});
  EXPECT_NE(OnlyProblem("policy: {cost-limit: {max_cost_usd: -1}}\n").find("max_cost_usd"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {cost-limit: {limits: [{when: {tenant: [a]}}]}}\n").find("max_cost_usd"),
            std::string::npos);
}

TEST(PolicySettings, KnowsWhatConditionsLookAt) {
  ChainOptions options;
  options.pii_detector.control.when.headers = {{"x-team", "*"}};
  options.secrets.control.when.headers = {{"x-team", "a"}, {"x-app", "b"}};
  options.secrets.control.when.modalities = {"image"};
  options.chain = {"pii-detector"};
  EXPECT_EQ(NeedsOf(options).headers, std::vector<std::string>{"x-team"});
  EXPECT_FALSE(NeedsOf(options).modalities);
  options.chain = {"pii-detector", "secrets"};
  EXPECT_EQ(NeedsOf(options).headers, (std::vector<std::string>{"x-app", "x-team"}));
  EXPECT_TRUE(NeedsOf(options).modalities);
  CostLimit limit;
  limit.when.headers = {{"x-budget", "*"}};
  options.cost_limit.limits = {limit};
  options.chain = {"pii-detector"};
  EXPECT_EQ(NeedsOf(options).headers, std::vector<std::string>{"x-team"});
  options.chain = {"pii-detector", "cost-limit"};
  EXPECT_EQ(NeedsOf(options).headers, (std::vector<std::string>{"x-budget", "x-team"}));
}

TEST(PolicySettings, ReadsTheService) {
  const PolicySettings settings = Good(
      "services: {policy: {listen: '0.0.0.0:1', admin_listen: '0.0.0.0:2', max_text_bytes: 2048, "
      "max_segments: 9}}\n");
  EXPECT_EQ(settings.server.listen, "0.0.0.0:1");
  EXPECT_EQ(settings.server.admin_listen, "0.0.0.0:2");
  EXPECT_EQ(settings.chain.limits.max_text_bytes, 2048u);
  EXPECT_EQ(settings.chain.limits.max_segments, 9u);
}

TEST(PolicySettings, ReadsExternalModeration) {
  const auto options = Good(R"(policy:
  external-moderation:
    provider: guard-model
    endpoint: http://guard:8000/v1/chat/completions
    model: llama-guard
    secret_key_ref: {env: GUARD_KEY}
    thresholds: [{category: hate, threshold: 0.3}]
    category_map: {toxicity: hate}
    cache_ttl_seconds: 60
)")
                           .chain.external_moderation;
  EXPECT_EQ(options.service.provider, ModerationProvider::kGuardModel);
  EXPECT_EQ(options.service.key_variable, "GUARD_KEY");
  EXPECT_EQ(options.service.cache_ttl, std::chrono::seconds(60));
  EXPECT_EQ(options.thresholds.at(0).category, "hate");
  EXPECT_EQ(options.category_map.at("toxicity"), "hate");
  EXPECT_EQ(options.control.stream, StreamMode::kBuffer);
  EXPECT_EQ(options.control.timeout, std::chrono::seconds(2));
  EXPECT_NE(OnlyProblem("policy: {external-moderation: {provider: azure}}\n").find("azure"),
            std::string::npos);
  EXPECT_NE(OnlyProblem("policy: {external-moderation: {endpoint: nowhere}}\n").find("endpoint"),
            std::string::npos);
}

TEST(PolicySettings, TheKeyOfExternalModerationIsInTheEnvironment) {
  ChainOptions options;
  options.chain = {"external-moderation"};
  config::Issues issues;
  const auto document = config::Document::Parse("f.yaml", "policy: {external-moderation: {}}\n", issues);
  ResolveModeration(
      document,
      config::MapEnvironment(std::map<std::string, std::string, std::less<>>{{"MISTRAL_API_KEY", " k \n"}}),
      options, issues);
  EXPECT_EQ(options.external_moderation.service.api_key, "k");
  EXPECT_TRUE(issues.all().empty()) << issues.Text();
  ResolveModeration(document, config::MapEnvironment(), options, issues);
  ASSERT_EQ(issues.all().size(), 1u);
  EXPECT_NE(issues.all()[0].message.find("MISTRAL_API_KEY is not set"), std::string::npos);
  const std::map<std::string, std::string, std::less<>> evil = {{"MISTRAL_API_KEY", "a\r\nX-Evil: 1"}};
  ResolveModeration(document, config::MapEnvironment(evil), options, issues);
  EXPECT_EQ(options.external_moderation.service.api_key, "");
  EXPECT_NE(issues.all().back().message.find("holds control characters"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::policy
