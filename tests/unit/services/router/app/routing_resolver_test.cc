#include "services/router/app/routing_resolver.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/config/codes.h"
#include "libs/config/reader.h"
#include "services/router/app/target_resolver.h"

namespace portcullis::router {
namespace {

struct Root {
  RouterSettings router;
};

struct Resolved {
  RouterOptions options;
  config::Issues issues;

  std::string Of(const char* code) const {
    std::string text;
    for (const config::Issue& issue : issues.all()) {
      if (issue.code == code) text += issue.path + ": " + issue.message + "\n";
    }
    return text;
  }
  bool Says(const char* code, const std::string& part) const {
    return Of(code).find(part) != std::string::npos;
  }
};

constexpr char kTwo[] =
    "    - {id: a, provider: mistral, model: m}\n    - {id: b, provider: mistral, model: m}\n";
constexpr char kOne[] = "    - {id: a, provider: mistral, model: m}\n";

Resolved Resolve(const std::string& rest, const std::string& targets = kTwo, const std::string& top = "") {
  const std::string text = "providers:\n" + rest + "  targets:\n" + targets + top;
  Resolved resolved;
  const auto document = config::Document::Parse("f.yaml", text, resolved.issues);
  config::Schema<Root> root;
  root.Section("providers", &Root::router, ProvidersSchema()).Include(&Root::router, TopLevelRoutingSchema());
  Root value;
  config::ReadInto(document, root, {}, value, resolved.issues);
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{
      {"MISTRAL_API_KEY", "m-key"}, {"K1", "one"}, {"K2", "two"}});
  resolved.options = ResolveRouter(document, environment, value.router, resolved.issues);
  return resolved;
}

TEST(RoutingResolver, EveryStrategyHasItsNamesAndPlaces) {
  const std::pair<const char*, Strategy> cases[] = {
      {"single", Strategy::kSingle},
      {"fallback", Strategy::kOrdered},
      {"ordered", Strategy::kOrdered},
      {"priority", Strategy::kOrdered},
      {"latency", Strategy::kLatency},
      {"lowest_latency", Strategy::kLatency},
      {"round_robin", Strategy::kRoundRobin},
      {"round-robin", Strategy::kRoundRobin},
      {"weighted_round_robin", Strategy::kWeightedRoundRobin},
      {"least_busy", Strategy::kLeastBusy},
      {"cost", Strategy::kCost},
      {"lowest_cost", Strategy::kCost},
      {"random", Strategy::kRandom},
  };
  for (const auto& [name, strategy] : cases) {
    const std::string key = std::string("strategy: ") + name;
    const Resolved plain = Resolve("  " + key + "\n");
    EXPECT_TRUE(plain.issues.ok()) << plain.issues.Text();
    EXPECT_EQ(plain.options.strategy, strategy) << name;
    EXPECT_EQ(Resolve("  routing: {" + key + "}\n").options.strategy, strategy) << name;
    EXPECT_EQ(Resolve("  fallback: {" + key + "}\n").options.strategy, strategy) << name;
    EXPECT_EQ(Resolve("", kTwo, "provider_routing: {" + key + "}\n").options.strategy, strategy) << name;
  }
  EXPECT_FALSE(Resolve("  strategy: latency\n  routing: {strategy: cost}\n").issues.ok());
}

TEST(RoutingResolver, OtherNamesAreNoted) {
  for (const char* alias : {"ordered", "lowest_latency", "round-robin", "lowest_cost", "priority"}) {
    EXPECT_TRUE(Resolve(std::string("  strategy: ") + alias + "\n")
                    .Says(config::code::kDeprecated, std::string("\"") + alias + "\" is another name"))
        << alias;
  }
  EXPECT_EQ(Resolve("  strategy: latency\n").Of(config::code::kDeprecated), "");
}

TEST(RoutingResolver, WhatChangesNothingIsWarnedOf) {
  EXPECT_TRUE(
      Resolve("  strategy: latency\n", kOne).Says(config::code::kDoesNotRun, "one target to pick from"));
  const std::string weighted =
      "    - {id: a, provider: mistral, model: m, weight: 7}\n    - {id: b, provider: mistral, model: m}\n";
  EXPECT_TRUE(Resolve("  strategy: fallback\n", weighted)
                  .Says(config::code::kDoesNotRun, "only the strategy weighted_round_robin looks at"));
  EXPECT_TRUE(Resolve("  strategy: weighted_round_robin\n", weighted).issues.all().empty());
  EXPECT_TRUE(Resolve("  strategy: cost\n").Says(config::code::kSuspicious, "does not know the price of 2"));
  EXPECT_TRUE(Resolve("  strategy: priority\n").Says(config::code::kDoesNotRun, "no target with a priority"));
  EXPECT_TRUE(Resolve("  circuit_breaker: {recovery_timeout_seconds: 60, max_recovery_timeout_seconds: 30}\n")
                  .Says(config::code::kSuspicious, "the time never grows"));
}

TEST(RoutingResolver, LowerPrioritiesComeFirst) {
  const Resolved r = Resolve("  strategy: priority\n",
                             "    - {id: late, provider: mistral, model: m, priority: 5}\n"
                             "    - {id: x, provider: mistral, model: m}\n"
                             "    - {id: early, provider: mistral, model: m, priority: -1}\n"
                             "    - {id: y, provider: mistral, model: m}\n");
  std::string order;
  for (const TargetOptions& target : r.options.targets) order += target.id + " ";
  EXPECT_EQ(order, "early x y late ");
}

TEST(RoutingResolver, FallbackHasItsSpellings) {
  const Resolved r = Resolve("  fallback: {retry_on: [5xx, rate_limit_exceeded], max_retries: 2}\n");
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  EXPECT_TRUE(r.options.fallback.service_unavailable && r.options.fallback.rate_limit);
  EXPECT_FALSE(r.options.fallback.timeout || r.options.fallback.connection_error);
  EXPECT_EQ(r.options.fallback.max_attempts, 2);
  const Resolved top =
      Resolve("", kTwo, "provider_fallback: {enabled: false, context_window: larger, triggers: [timeout]}\n");
  EXPECT_TRUE(top.issues.ok()) << top.issues.Text();
  EXPECT_FALSE(top.options.fallback.enabled);
  EXPECT_EQ(top.options.fallback.context_window, ContextWindow::kLarger);
  EXPECT_TRUE(top.options.fallback.timeout);
}

TEST(RoutingResolver, AnExperiment) {
  const Resolved r = Resolve(
      "  ab_test: {enabled: true, sticky_by: principal, variants: [{provider_id: a, weight: 9}, "
      "{provider_id: "
      "b}]}\n");
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  EXPECT_TRUE(r.options.ab_test.enabled);
  EXPECT_EQ(r.options.ab_test.sticky_by, StickyBy::kPrincipal);
  EXPECT_EQ(r.options.ab_test.variants[0].weight, 9);
  EXPECT_TRUE(Resolve("  strategy: ab_test\n").Says(config::code::kMissing, "has no variants"));
  EXPECT_TRUE(Resolve("  ab_test: {enabled: true, variants: [{provider_id: zzz}]}\n")
                  .Says(config::code::kNotAllowed, "\"zzz\" is no target"));
  EXPECT_TRUE(Resolve("  ab_test: {enabled: true, variants: [{provider_id: a}]}\n")
                  .Says(config::code::kSuspicious, "one variant"));
}

TEST(RoutingResolver, Groups) {
  const Resolved r = Resolve(
      "  model_groups: [{name: chat, targets: [b, a], aliases: [gpt-4o], fallback_group: rest}, {name: rest, "
      "targets: [a]}]\n");
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  ASSERT_EQ(r.options.groups.size(), 2u);
  EXPECT_EQ(r.options.groups[0].aliases, std::vector<std::string>{"gpt-4o"});
  EXPECT_EQ(Resolve("", kTwo, "model_groups: [{name: chat, targets: [a]}]\n").options.groups.size(), 1u);
  EXPECT_TRUE(Resolve("  model_groups: [{name: chat, targets: [zzz]}]\n")
                  .Says(config::code::kNotAllowed, "\"zzz\", which is no target"));
  EXPECT_TRUE(Resolve("  model_groups: [{name: g, targets: [a], fallback_group: zzz}]\n")
                  .Says(config::code::kNotAllowed, "\"zzz\", which is no group"));
  EXPECT_TRUE(Resolve("  model_groups: [{name: a, targets: [a]}]\n")
                  .Says(config::code::kConflict, "is the id of a target"));
  EXPECT_TRUE(Resolve("  model_groups: [{name: g, targets: [a]}, {name: h, aliases: [g], targets: [a]}]\n")
                  .Says(config::code::kConflict, "\"g\" is taken"));
}

TEST(RoutingResolver, AMirror) {
  const Resolved r =
      Resolve("  mirror: {enabled: true, mirror_target: b, sample_rate: 0.1, timeout_ms: 700}\n");
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  EXPECT_EQ(r.options.mirror.target, "b");
  EXPECT_EQ(r.options.mirror.timeout.count(), 700);
  EXPECT_TRUE(Resolve("  mirror: {enabled: true}\n").Says(config::code::kMissing, "mirror_target"));
  EXPECT_TRUE(Resolve("  mirror: {enabled: true, mirror_target: zzz}\n")
                  .Says(config::code::kNotAllowed, "is no target"));
  EXPECT_TRUE(Resolve("  mirror: {enabled: true, mirror_target: a}\n", kOne)
                  .Says(config::code::kConflict, "nothing would serve"));
}

TEST(RoutingResolver, SeveralKeysOfATarget) {
  const std::string keys =
      "    - id: a\n      provider: mistral\n      model: m\n      key_cooldown_seconds: 30\n"
      "      keys: [{secret_key_ref: {env: K1}, weight: 3}, {secret_key_ref: {env: K2}}, "
      "{secret_key_ref: {env: UNSET}}]\n";
  const Resolved r = Resolve("", keys);
  EXPECT_TRUE(r.issues.ok()) << r.issues.Text();
  const TargetOptions& target = r.options.targets[0];
  ASSERT_EQ(target.keys.size(), 2u);
  EXPECT_EQ(target.keys[0].value, "one");
  EXPECT_EQ(target.keys[0].weight, 3);
  EXPECT_EQ(target.keys[1].source, "environment variable K2");
  EXPECT_EQ(target.key_cooldown.count(), 30'000);
  EXPECT_TRUE(r.Says(config::code::kMissingKey, "UNSET"));
  EXPECT_EQ(r.issues.Text().find("one\""), std::string::npos);
  EXPECT_TRUE(Resolve("",
                      "    - {id: a, provider: mistral, model: m, secret_key_ref: {env: K1}, keys: "
                      "[{secret_key_ref: {env: K2}}]}\n")
                  .Says(config::code::kConflict, "both keys and a single key"));
  EXPECT_TRUE(Resolve("", "    - {id: a, provider: mistral, model: m, keys: [{weight: 1}]}\n")
                  .Says(config::code::kMissing, "secret_key_ref"));
}

TEST(RoutingResolver, ProbesOfOtherKinds) {
  const auto probe = [](const std::string& settings, const char* model = "m") {
    return Resolve("", std::string("    - {id: a, provider: mistral, model: ") + model +
                           ", health_probe: {enabled: true, " + settings + "}}\n");
  };
  EXPECT_EQ(probe("kind: path, path: /healthz").options.targets[0].health_probe.path, "/healthz");
  EXPECT_EQ(probe("kind: completion").options.targets[0].health_probe.kind, ProbeKind::kCompletion);
  EXPECT_TRUE(probe("kind: path").Says(config::code::kMissing, "needs a path"));
  EXPECT_TRUE(probe("kind: path, path: healthz").Says(config::code::kMissing, "begins with /"));
  EXPECT_TRUE(probe("path: /healthz").Says(config::code::kDoesNotRun, "does not ask its path"));
  EXPECT_TRUE(probe("kind: completion", "passthrough").Says(config::code::kConflict, "without a model"));
}

TEST(RoutingResolver, TimeOutsThatMakeNoSense) {
  EXPECT_TRUE(Resolve("", "    - {id: a, provider: mistral, model: m, first_byte_timeout_seconds: 90}\n")
                  .Says(config::code::kSuspicious, "first byte"));
  EXPECT_TRUE(Resolve("", "    - {id: a, provider: mistral, model: m, idle_timeout_seconds: 90}\n")
                  .Says(config::code::kSuspicious, "silence"));
}

TEST(RoutingResolver, SharedStateHasItsPasswordFromTheEnvironment) {
  const Resolved resolved = Resolve(
      "  shared_state: {redis: \"redis.svc:6379\", username: router, database: 2, prefix: prod, "
      "secret_key_ref: {env: K1}, sync_interval_ms: 50}\n");
  EXPECT_TRUE(resolved.issues.ok()) << resolved.issues.Text();
  const SharedStateOptions& shared = resolved.options.shared_state;
  EXPECT_EQ(shared.redis, "redis.svc:6379");
  EXPECT_EQ(shared.username, "router");
  EXPECT_EQ(shared.password, "one");
  EXPECT_EQ(shared.database, 2);
  EXPECT_EQ(shared.prefix, "prod");
  EXPECT_EQ(shared.interval, std::chrono::milliseconds(50));
  EXPECT_EQ(Resolve("").options.shared_state.redis, "");
}

TEST(RoutingResolver, SharedStateThatSharesNothingIsToldOf) {
  EXPECT_TRUE(Resolve("  shared_state: {prefix: x}\n").Says(config::code::kDoesNotRun, "nothing is shared"));
  EXPECT_TRUE(Resolve("  shared_state: {redis: \"r:1\", secret_key_ref: {env: NOT_SET}}\n")
                  .Says(config::code::kMissingKey, "password"));
  EXPECT_FALSE(Resolve("  shared_state: {redis: nonsense}\n").issues.ok());
}

TEST(RoutingResolver, MinSampleCountHasTwoPlaces) {
  EXPECT_EQ(Resolve("  latency: {min_sample_count: 7}\n").options.latency.min_samples, 7u);
  EXPECT_EQ(Resolve("", kTwo, "provider_routing: {min_sample_count: 9}\n").options.latency.min_samples, 9u);
}

TEST(RoutingResolver, KeeptrustsFallbackBlockLoadsAsPrinted) {
  const Resolved resolved =
      Resolve("", kTwo,
              "provider_fallback:\n  enabled: true\n  triggers: [rate_limit_exceeded, timeout, "
              "service_unavailable]\n  max_fallback_attempts: 3\n  content_policy: stop\n"
              "  context_window: abort\n");
  EXPECT_TRUE(resolved.issues.ok()) << resolved.issues.Text();
  EXPECT_EQ(resolved.options.fallback.content_policy, ContentPolicy::kStop);
  EXPECT_EQ(Resolve("  fallback: {content_policy: fallback}\n").options.fallback.content_policy,
            ContentPolicy::kFallback);
}

TEST(RoutingResolver, MirroredAnswersCanBeLogged) {
  EXPECT_TRUE(Resolve("  mirror: {enabled: true, mirror_target: b, log_mirror_response: true}\n")
                  .options.mirror.log_response);
}

TEST(RoutingResolver, CostKnowsListPrices) {
  const char* targets =
      "    - {id: a, provider: mistral, model: mistral-small-2506}\n    - {id: b, provider: mistral, model: "
      "m, "
      "pricing: {prompt: 1, completion: 2}}\n";
  EXPECT_EQ(Resolve("  strategy: cost\n", targets).Of(config::code::kSuspicious), "");
  EXPECT_TRUE(Resolve("  strategy: cost\n").Says(config::code::kSuspicious, "price of 2 targets"));
}

}  // namespace
}  // namespace portcullis::router
