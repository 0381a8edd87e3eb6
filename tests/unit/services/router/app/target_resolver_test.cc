#include "services/router/app/target_resolver.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/config/codes.h"
#include "libs/config/reader.h"

namespace portcullis::router {
namespace {

using config::Severity;

struct Root {
  RouterSettings router;
};

struct Resolved {
  RouterSettings settings;
  RouterOptions options;
  config::Issues issues;

  // Issues of a code: "path: message", one a line.
  std::string Of(const char* code) const {
    std::string text;
    for (const config::Issue& issue : issues.all()) {
      if (issue.code == code) text += issue.path + ": " + issue.message + "\n";
    }
    return text;
  }
};

Resolved Resolve(const std::string& targets, const std::string& rest = "",
                 std::map<std::string, std::string, std::less<>> variables = {{"MISTRAL_API_KEY", "m-key"},
                                                                              {"OPENAI_API_KEY", "o-key"}}) {
  const std::string text = "providers:\n" + rest + "  targets:\n" + targets;
  Resolved resolved;
  const auto document = config::Document::Parse("f.yaml", text, resolved.issues);
  config::Schema<Root> root;
  root.Section("providers", &Root::router, ProvidersSchema());
  Root value;
  config::ReadInto(document, root, {}, value, resolved.issues);
  resolved.options =
      ResolveRouter(document, config::MapEnvironment(variables), value.router, resolved.issues);
  resolved.settings = value.router;
  return resolved;
}

TEST(TargetResolver, FillsInWhatTheProviderImplies) {
  const Resolved r = Resolve("    - {id: a, provider: mistral, model: mistral-large-latest}\n");
  ASSERT_TRUE(r.issues.all().empty()) << r.issues.Text();
  ASSERT_EQ(r.options.targets.size(), 1u);
  const TargetOptions& target = r.options.targets[0];
  EXPECT_EQ(target.base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(target.provider_type, "mistral");
  EXPECT_EQ(target.api_key, "m-key");
  EXPECT_EQ(target.api_key_source, "environment variable MISTRAL_API_KEY");
  EXPECT_TRUE(target.api_key_required);
  EXPECT_EQ(target.api_key_header, "Authorization");
  EXPECT_EQ(target.api_key_prefix, "Bearer ");
  EXPECT_EQ(target.timeout.count(), 60'000);
  EXPECT_EQ(target.stream_timeout.count(), 60'000);
  EXPECT_FALSE(target.passthrough_model);
  EXPECT_EQ(r.options.strategy, Strategy::kOrdered);
}

TEST(TargetResolver, TakesEveryField) {
  const Resolved r = Resolve(
      "    - id: a\n      provider: openai\n      model: gpt-4o\n      base_url: https://proxy.example/v2/\n"
      "      secret_key_ref: {env: OTHER}\n      api_key_header: x-api-key\n      api_key_prefix: ''\n"
      "      timeout_seconds: 45\n      stream_timeout_seconds: 180\n      connect_timeout_seconds: 3\n"
      "      max_context_tokens: 128000\n      format: openai\n      provider_type: mistral\n      "
      "description: words\n"
      "      weight: 2.5\n      pricing: {prompt: 2, completion: 6.5}\n"
      "      health_probe: {enabled: true, interval_seconds: 20, timeout_seconds: 4, unhealthy_threshold: 3,"
      " healthy_threshold: 2}\n",
      "", {{"OTHER", "  o-key\n"}});
  ASSERT_TRUE(r.issues.all().empty()) << r.issues.Text();
  const TargetOptions& t = r.options.targets[0];
  EXPECT_EQ(t.base_url, "https://proxy.example/v2");
  EXPECT_EQ(t.api_key, "o-key");  // without the newline that an editor left
  EXPECT_EQ(t.api_key_header, "x-api-key");
  EXPECT_EQ(t.api_key_prefix, "");
  EXPECT_EQ(t.timeout.count(), 45'000);
  EXPECT_EQ(t.stream_timeout.count(), 180'000);
  EXPECT_EQ(t.connect_timeout.count(), 3'000);
  EXPECT_EQ(t.max_context_tokens, 128'000u);
  EXPECT_EQ(t.format, "openai");
  EXPECT_EQ(t.provider_type, "mistral");
  EXPECT_EQ(t.description, "words");
  EXPECT_DOUBLE_EQ(t.weight, 2.5);
  EXPECT_DOUBLE_EQ(t.pricing->completion, 6.5);
  EXPECT_TRUE(t.health_probe.enabled);
  EXPECT_EQ(t.health_probe.interval.count(), 20'000);
  EXPECT_EQ(t.health_probe.timeout.count(), 4'000);
  EXPECT_EQ(t.health_probe.unhealthy_threshold, 3);
  EXPECT_EQ(t.health_probe.healthy_threshold, 2);
}

TEST(TargetResolver, ShorthandEqualsTheLongForm) {
  const Resolved brief = Resolve("    - {id: a, provider: 'mistral:chat:mistral-large-latest'}\n");
  EXPECT_TRUE(brief.issues.all().empty()) << brief.issues.Text();
  EXPECT_EQ(brief.options.targets[0].provider, "mistral");
  EXPECT_EQ(brief.options.targets[0].model, "mistral-large-latest");
  EXPECT_EQ(brief.options.targets[0].base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(Resolve("    - {id: a, provider: 'ollama:chat:llama3:8b'}\n").options.targets[0].model,
            "llama3:8b");
}

TEST(TargetResolver, RefusesBrokenShorthands) {
  for (const char* provider : {"mistral:mistral-large", "mistral:chat:", ":chat:m", "mistral:embedding:m"}) {
    const Resolved r = Resolve(std::string("    - {id: a, model: m, provider: '") + provider + "'}\n");
    EXPECT_NE(r.Of(config::code::kNotAllowed).find("must be a provider or provider:chat:model"),
              std::string::npos)
        << provider;
  }
  const Resolved two = Resolve("    - {id: a, model: b, provider: 'mistral:chat:c'}\n");
  EXPECT_EQ(two.Of(config::code::kConflict),
            "providers.targets[0].model: target \"a\" names two models: \"c\" in provider and \"b\"\n");
  EXPECT_TRUE(Resolve("    - {id: a, model: c, provider: 'mistral:chat:c'}\n").issues.ok());
}

TEST(TargetResolver, NeedsAModel) {
  EXPECT_EQ(Resolve("    - {id: a, provider: mistral}\n").Of(config::code::kMissing),
            "providers.targets[0]: target \"a\" lacks the key \"model\"\n");
  EXPECT_TRUE(
      Resolve("    - {id: a, provider: mistral, model: passthrough}\n").options.targets[0].passthrough_model);
}

TEST(TargetResolver, ADefaultModelIsForTargetsThatPassTheClientsModel) {
  const Resolved r = Resolve("    - {id: a, provider: mistral, model: passthrough, default_model: small}\n");
  EXPECT_TRUE(r.issues.ok());
  EXPECT_EQ(r.options.targets[0].ModelFor(""), "small");
  EXPECT_EQ(r.options.targets[0].ModelFor("large"), "large");
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m, default_model: small}\n")
                .Of(config::code::kConflict)
                .find("default_model"),
            std::string::npos);
}

TEST(TargetResolver, ModelsAreOfTargetsThatPassTheClientsModel) {
  const std::string begin = "    - {id: a, provider: mistral, ";
  const Resolved r = Resolve(begin + "model: passthrough, models: ['mistral-*', x]}\n");
  EXPECT_TRUE(r.issues.all().empty()) << r.issues.Text();
  EXPECT_EQ(r.options.targets[0].models, (std::vector<std::string>{"mistral-*", "x"}));
  EXPECT_EQ(
      Resolve(begin + "model: m, models: [x]}\n").Of(config::code::kConflict),
      "providers.targets[0].models: target \"a\" has models besides its model, which every request gets\n");
  EXPECT_EQ(
      Resolve(begin + "model: passthrough, default_model: y, models: [x]}\n").Of(config::code::kConflict),
      "providers.targets[0].default_model: target \"a\" does not take its own default_model \"y\"\n");
}

TEST(TargetResolver, UnknownProvidersNeedABaseUrl) {
  const Resolved typo = Resolve("    - {id: a, provider: mistrl, model: m}\n");
  ASSERT_FALSE(typo.issues.ok());
  EXPECT_NE(typo.issues.all()[0].suggestion.find("did you mean \"mistral\"?"), std::string::npos);
  const Resolved own =
      Resolve("    - {id: a, provider: mine, model: m, base_url: 'http://127.0.0.1:1/v1'}\n");
  EXPECT_TRUE(own.issues.ok()) << own.issues.Text();
  EXPECT_EQ(own.options.targets[0].provider_type, "openai_compatible");
  EXPECT_FALSE(own.options.targets[0].api_key_required);
}

TEST(TargetResolver, KnownButForeignProvidersAreNotSupported) {
  EXPECT_NE(Resolve("    - {id: a, provider: bedrock, model: m}\n").Of(config::code::kNotSupported), "");
  // Behind a proxy that speaks a known dialect they are.
  const std::string proxied =
      "    - {id: a, provider: bedrock, model: m, base_url: 'http://127.0.0.1:1/v1', provider_type: "
      "openai_compatible}\n";
  EXPECT_TRUE(Resolve(proxied).issues.ok());
}

TargetOptions Only(const std::string& line) {
  const Resolved resolved = Resolve("    - {id: a, model: m, api_key: k, " + line + "}\n");
  EXPECT_TRUE(resolved.issues.ok()) << resolved.issues.Text();
  return resolved.options.targets.at(0);
}

TEST(TargetResolver, TheProviderTypeDecidesTheDialect) {
  EXPECT_EQ(Only("provider: mistral").dialect.dialect, Dialect::kMistral);
  EXPECT_EQ(Only("provider: mistral, provider_type: openai").dialect.dialect, Dialect::kOpenAi);
  EXPECT_EQ(Only("provider: groq, provider_type: mistral").dialect.dialect, Dialect::kMistral);
  EXPECT_EQ(Only("provider: groq").provider_type, "openai_compatible");
  EXPECT_TRUE(Only("provider: groq").dialect.ask_usage);
  EXPECT_FALSE(Only("provider: groq, stream_usage: false").dialect.ask_usage);
  EXPECT_FALSE(Only("provider: perplexity").dialect.ask_usage);
  EXPECT_EQ(Only("provider: mistral, on_unsupported: drop").dialect.on_unsupported, OnUnsupported::kDrop);
}

TEST(TargetResolver, AnthropicByNameByTypeAndByFormat) {
  const TargetOptions named = Only("provider: anthropic");
  EXPECT_EQ(named.base_url, "https://api.anthropic.com/v1");
  for (const char* line :
       {"provider: anthropic", "provider: mine, base_url: 'http://127.0.0.1:1/v1', format: anthropic",
        "provider: mine, base_url: 'http://127.0.0.1:1/v1', provider_type: anthropic"}) {
    const TargetOptions target = Only(line);
    EXPECT_EQ(target.dialect.dialect, Dialect::kAnthropic) << line;
    EXPECT_EQ(target.format, "anthropic");
    EXPECT_EQ(target.api_key_header, "x-api-key");
    EXPECT_EQ(target.api_key_prefix, "");
  }
  EXPECT_EQ(Only("provider: anthropic, default_max_tokens: 99").dialect.default_max_tokens, 99u);
  EXPECT_EQ(Only("provider: anthropic, api_key_header: Authorization").api_key_prefix, "Bearer ");
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m, provider_type: openai, format: anthropic}\n")
                .Of(config::code::kConflict),
            "");
}

TEST(TargetResolver, AzureNeedsItsResource) {
  const TargetOptions target = Only("provider: azure, base_url: 'https://r.openai.azure.com/'");
  EXPECT_EQ(target.dialect.dialect, Dialect::kAzure);
  EXPECT_EQ(target.base_url, "https://r.openai.azure.com");
  EXPECT_EQ(target.azure_deployment, "m");
  EXPECT_EQ(target.azure_api_version, "2024-02-01");
  EXPECT_FALSE(target.dialect.ask_usage);  // this version refuses stream_options
  EXPECT_EQ(target.api_key_header, "api-key");
  EXPECT_EQ(target.api_key_prefix, "");
  EXPECT_TRUE(Only("provider: azure, base_url: 'https://r.openai.azure.com', azure_api_version: 2024-10-21")
                  .dialect.ask_usage);
  EXPECT_EQ(Only("provider: azure, base_url: 'https://r.openai.azure.com/openai'").base_url,
            "https://r.openai.azure.com");
  EXPECT_EQ(Resolve("    - {id: a, provider: azure, model: m}\n").Of(config::code::kMissing),
            "providers.targets[0]: target \"a\" lacks the key \"base_url\"\n");
  EXPECT_NE(
      Resolve(
          "    - {id: a, provider: azure, model: m, base_url: 'https://r.azure.com/openai/deployments/m'}\n")
          .Of(config::code::kNotAllowed),
      "");
  EXPECT_NE(Resolve("    - {id: a, provider: azure, model: passthrough, base_url: 'https://r.azure.com'}\n")
                .Of(config::code::kMissing),
            "");
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m, azure_deployment: d}\n")
                .Of(config::code::kDoesNotRun),
            "");
}

TEST(TargetResolver, MissingKeyLeavesTheTargetUnavailable) {
  const Resolved r = Resolve("    - {id: a, provider: mistral, model: m}\n", "", {});
  EXPECT_TRUE(r.issues.ok());
  EXPECT_EQ(r.Of(config::code::kMissingKey),
            "providers.targets[0]: target \"a\" is not available: the environment variable MISTRAL_API_KEY "
            "is not set\n");
  EXPECT_EQ(r.options.targets[0].api_key, "");
  EXPECT_TRUE(r.options.targets[0].api_key_required);
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m}\n", "", {{"MISTRAL_API_KEY", " "}})
                .Of(config::code::kMissingKey),
            "");
  EXPECT_NE(
      Resolve("    - {id: a, provider: mistral, model: m}\n", "", {{"MISTRAL_API_KEY", "a\r\nX-Evil: 1"}})
          .Of(config::code::kMissingKey),
      "");
}

TEST(TargetResolver, LocalProvidersNeedNoKey) {
  const Resolved r = Resolve("    - {id: a, provider: ollama, model: m}\n", "", {});
  EXPECT_TRUE(r.issues.all().empty()) << r.issues.Text();
  EXPECT_FALSE(r.options.targets[0].api_key_required);
}

TEST(TargetResolver, LiteralKeysAreTakenWithAWarning) {
  const Resolved r = Resolve("    - {id: a, provider: mistral, model: m, api_key: hunter2}\n");
  EXPECT_EQ(r.options.targets[0].api_key, "hunter2");
  EXPECT_NE(r.Of(config::code::kLiteralSecret), "");
  EXPECT_EQ(r.issues.Text().find("hunter2"), std::string::npos);
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m, api_key: k, secret_key_ref: {env: X}}\n")
                .Of(config::code::kConflict),
            "");
}

TEST(TargetResolver, SecretKeyRefNeedsAKey) {
  EXPECT_NE(
      Resolve("    - {id: a, provider: mistral, model: m, secret_key_ref: {}}\n").Of(config::code::kMissing),
      "");
  EXPECT_NE(Resolve("    - id: a\n      provider: mistral\n      model: m\n      secret_key_ref:\n")
                .Of(config::code::kMissing),
            "");
}

TEST(TargetResolver, RefusesEndpointsAsBaseUrl) {
  const Resolved r = Resolve(
      "    - {id: a, provider: mistral, model: m, base_url: 'https://api.mistral.ai/v1/chat/completions'}\n");
  ASSERT_FALSE(r.issues.ok());
  EXPECT_EQ(r.issues.all()[0].suggestion, "write https://api.mistral.ai/v1");
}

TEST(TargetResolver, NotesABaseUrlWithoutPath) {
  const Resolved r = Resolve("    - {id: a, provider: mine, model: m, base_url: 'http://127.0.0.1:1'}\n");
  EXPECT_TRUE(r.issues.ok());
  EXPECT_EQ(r.issues.count(Severity::kNote), 1u);
}

TEST(TargetResolver, IdsAreUnique) {
  const Resolved r = Resolve(
      "    - {id: a, provider: mistral, model: m}\n    - {id: b, provider: mistral, model: m}\n"
      "    - {id: a, provider: mistral, model: m}\n");
  EXPECT_EQ(r.Of(config::code::kConflict), "providers.targets[2].id: the target id \"a\" is taken\n");
  for (const config::Issue& issue : r.issues.all()) {
    if (issue.code == config::code::kConflict) {
      EXPECT_EQ(issue.line, 5);
      EXPECT_NE(issue.suggestion.find("f.yaml:3:12"), std::string::npos) << issue.suggestion;
    }
  }
}

TEST(TargetResolver, SaysHowSeveralTargetsAreTried) {
  const std::string two =
      "    - {id: a, provider: mistral, model: m}\n    - {id: b, provider: mistral, model: m}\n";
  EXPECT_NE(Resolve(two).Of(config::code::kAssumed).find("the 2 targets are tried in listed order"),
            std::string::npos);
  EXPECT_TRUE(Resolve(two, "  strategy: fallback\n").issues.all().empty());
  const Resolved single = Resolve(two, "  strategy: single\n");
  EXPECT_EQ(single.options.strategy, Strategy::kSingle);
  EXPECT_NE(single.Of(config::code::kDoesNotRun), "");
}

TEST(TargetResolver, WarnsOfWhatMakesNoSense) {
  EXPECT_NE(
      Resolve("    - {id: a, provider: mistral, model: m, timeout_seconds: 60, stream_timeout_seconds: 10}\n")
          .Of(config::code::kSuspicious),
      "");
  EXPECT_NE(Resolve("    - {id: a, provider: mistral, model: m, health_probe: {interval_seconds: 5}}\n")
                .Of(config::code::kDoesNotRun),
            "");
  EXPECT_NE(
      Resolve("    - {id: a, provider: mistral, model: m, health_probe: {enabled: true, interval_seconds: 2, "
              "timeout_seconds: 5}}\n")
          .Of(config::code::kSuspicious),
      "");
  EXPECT_FALSE(Resolve("    - {id: a, provider: mistral, model: m}\n",
                       "  retry: {initial_backoff_ms: 500, max_backoff_ms: 100}\n")
                   .issues.ok());
}

TEST(RouterSettings, ReadsResilience) {
  const Resolved r = Resolve("    - {id: a, provider: mistral, model: m}\n",
                             "  strategy: latency\n  verify_tls: false\n"
                             "  circuit_breaker: {enabled: false, failure_threshold: 4, cooldown_seconds: 25,"
                             " half_open_max_requests: 3}\n"
                             "  retry: {max_attempts: 2, initial_backoff_ms: 100, max_backoff_ms: 4000,"
                             " retry_on: [429, timeout], respect_retry_after: false}\n"
                             "  fallback: {triggers: [rate_limit], max_fallback_attempts: 1}\n");
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  EXPECT_EQ(r.settings.strategy, RoutingStrategy::kLatency);
  EXPECT_EQ(r.options.strategy, Strategy::kLatency);
  EXPECT_FALSE(r.options.verify_tls);
  EXPECT_FALSE(r.options.circuit_breaker.enabled);
  EXPECT_EQ(r.options.circuit_breaker.failure_threshold, 4);
  EXPECT_EQ(r.options.circuit_breaker.recovery_timeout.count(), 25'000);
  EXPECT_EQ(r.options.circuit_breaker.half_open_max_requests, 3);
  EXPECT_EQ(r.options.retry.max_attempts, 2);
  EXPECT_EQ(r.options.retry.initial_backoff.count(), 100);
  EXPECT_EQ(r.options.retry.max_backoff.count(), 4'000);
  EXPECT_FALSE(r.options.retry.respect_retry_after);
  EXPECT_EQ(r.options.retry.reasons.statuses, (std::vector<int>{429}));
  EXPECT_TRUE(r.options.retry.reasons.timeout);
  EXPECT_FALSE(r.options.retry.reasons.connection_error);
  EXPECT_TRUE(r.options.fallback.rate_limit);
  EXPECT_FALSE(r.options.fallback.timeout);
  EXPECT_EQ(r.options.fallback.max_attempts, 1);
}

TEST(RouterSettings, RefusesUnknownReasonsAndTriggers) {
  const std::string target = "    - {id: a, provider: mistral, model: m}\n";
  EXPECT_FALSE(Resolve(target, "  retry: {retry_on: [200]}\n").issues.ok());
  EXPECT_FALSE(Resolve(target, "  retry: {retry_on: [sometimes]}\n").issues.ok());
  EXPECT_FALSE(Resolve(target, "  fallback: {triggers: [sometimes]}\n").issues.ok());
}

}  // namespace
}  // namespace portcullis::router
