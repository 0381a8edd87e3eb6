#include "apps/config/load_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/config/codes.h"
#include "libs/testing/fake_clock.h"

namespace portcullis::app {
namespace {

namespace code = config::code;
using Json = nlohmann::json;

constexpr char kPack[] = "pack: {name: test, version: 1.0.0, enabled: true}\n";
constexpr char kRest[] =
    "policies: {chain: [audit-logger]}\npolicy: {audit-logger: {}}\n"
    "providers: {targets: [{id: a, provider: mistral, model: m}]}\n";

constexpr char kProviders[] = "providers: {targets: [{id: a, provider: mistral, model: m}]}\n";

config::MapEnvironment Keys() {
  return config::MapEnvironment(std::map<std::string, std::string, std::less<>>{{"MISTRAL_API_KEY", "m-key"},
                                                                                {"OPENAI_API_KEY", "o-key"}});
}

LoadedConfig Load(const std::string& text, const FlagOverrides& flags = {}) {
  return LoadConfigText("f.yaml", text, Keys(), flags);
}

bool Has(const LoadedConfig& loaded, const char* code, const std::string& path) {
  for (const config::Issue& issue : loaded.issues.all()) {
    if (issue.code == code && issue.path == path) return true;
  }
  return false;
}

TEST(LoadConfig, FillsEveryPart) {
  const LoadedConfig loaded =
      Load(std::string(kPack) + kRest +
           "gateway: {listen: '127.0.0.1:0', fail_mode: allow}\n"
           "services: {policy: {listen: '127.0.0.1:1'}, router: {listen: '127.0.0.1:2'},"
           " audit: {listen: '127.0.0.1:3'}}\naudit: {durability: disk}\n");
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.pack.name, "test");
  EXPECT_EQ(loaded.pack.id, "test");
  EXPECT_EQ(loaded.refusal, "");
  EXPECT_EQ(loaded.chain.chain, std::vector<std::string>{"audit-logger"});
  EXPECT_EQ(loaded.chain.fail_mode, policy::FailMode::kAllow);
  EXPECT_EQ(loaded.edge.fail_mode, edge::FailMode::kAllow);
  EXPECT_EQ(loaded.edge.listen, std::vector<std::string>{"127.0.0.1:0"});
  EXPECT_EQ(loaded.policy_server.listen, "127.0.0.1:1");
  EXPECT_EQ(loaded.router_server.listen, "127.0.0.1:2");
  EXPECT_EQ(loaded.audit.listen, "127.0.0.1:3");
  EXPECT_EQ(loaded.audit.durability, audit::Durability::kDisk);
  ASSERT_EQ(loaded.router.targets.size(), 1u);
  EXPECT_EQ(loaded.router.targets[0].api_key, "m-key");
}

TEST(LoadConfig, RefusesAStartWhenThePackIsNotEnabled) {
  const LoadedConfig loaded = Load(std::string("pack: {name: t, version: 1.0.0, enabled: false}\n") + kRest);
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.refusal, "f.yaml:1:42: pack.enabled is false: nothing starts with this configuration");
}

TEST(LoadConfig, ThePackIsRequired) {
  EXPECT_TRUE(Has(Load(kRest), code::kMissing, "pack"));
  const LoadedConfig empty = Load(std::string("pack: {}\n") + kRest);
  for (const char* key : {"pack.name", "pack.version", "pack.enabled"}) {
    EXPECT_TRUE(Has(empty, code::kMissing, key)) << key;
  }
  EXPECT_TRUE(Has(Load(std::string("pack: {name: t, version: 1.0, enabled: true}\n") + kRest),
                  code::kNotAllowed, "pack.version"));
  EXPECT_TRUE(
      Has(Load("pack: {name: " + std::string(201, 'x') + ", version: 1.0.0, enabled: true}\n" + kRest),
          code::kOutOfRange, "pack.name"));
}

TEST(LoadConfig, FlagsWinOverTheFile) {
  FlagOverrides flags;
  flags.listen = {"127.0.0.1:1", "127.0.0.1:2"};
  flags.grpc_listen = "127.0.0.1:3";
  flags.admin_listen = "127.0.0.1:4";
  flags.state_dir = "/tmp/x";
  flags.workers = "3";
  flags.fail_mode = "allow";
  flags.log_level = "error";
  flags.max_concurrency = "16";
  flags.policy_peers = {"10.0.0.1:5", "10.0.0.2:5"};
  flags.router_peers = {"10.0.0.3:6"};
  flags.audit_peers = {"10.0.0.4:7"};
  const LoadedConfig loaded = Load(
      std::string(kPack) + kRest +
          "gateway: {listen: '0.0.0.0:9', workers: 1}\nservices: {policy: {catalog: {access: read_only}}}\n",
      flags);
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.edge.listen, flags.listen);
  EXPECT_EQ(loaded.edge.grpc_listen, "127.0.0.1:3");
  EXPECT_EQ(loaded.edge.admin_listen, "127.0.0.1:4");
  EXPECT_EQ(loaded.edge.state_dir, "/tmp/x");
  EXPECT_EQ(loaded.edge.workers, 3u);
  EXPECT_EQ(loaded.edge.fail_mode, edge::FailMode::kAllow);
  EXPECT_EQ(loaded.edge.log_level, telemetry::LogLevel::kError);
  EXPECT_EQ(loaded.edge.limits.max_in_flight, 16u);
  EXPECT_EQ(loaded.edge.peers.policy, flags.policy_peers);
  EXPECT_EQ(loaded.edge.peers.router, flags.router_peers);
  EXPECT_EQ(loaded.edge.peers.audit, flags.audit_peers);
}

TEST(LoadConfig, BadFlagsAreNamed) {
  FlagOverrides flags;
  flags.listen = {"nowhere"};
  flags.fail_mode = "blok";
  const LoadedConfig loaded = Load(std::string(kPack) + kRest, flags);
  EXPECT_EQ(loaded.issues.Text(),
            "--listen: error: gateway.listen must be host:port, for example 127.0.0.1:41002, not \"nowhere\" "
            "[E015]\n"
            "--fail-mode: error: gateway.fail_mode must be one of \"block\", \"allow\", not \"blok\" [E015]\n"
            "      = did you mean \"block\"?\n"
            "2 errors, 0 warnings, 0 notes\n");
}

TEST(LoadConfig, ChecksTheChain) {
  const LoadedConfig loaded =
      Load(std::string(kPack) +
           "policies: {chain: [promt-injection, agent-firewall, pii-detector, audit-logger,"
           " audit-logger]}\npolicy: {audit-logger: {}, safety-filter: {}}\n");
  EXPECT_TRUE(Has(loaded, code::kUnknownPolicy, "policies.chain[0]"));
  EXPECT_TRUE(Has(loaded, code::kNotSupported, "policies.chain[1]"));
  EXPECT_TRUE(Has(loaded, code::kPolicyWithoutBlock, "policies.chain[2]"));
  EXPECT_TRUE(Has(loaded, code::kConflict, "policies.chain[4]"));
  EXPECT_TRUE(Has(loaded, code::kDoesNotRun, "policy.safety-filter"));
  EXPECT_EQ(loaded.issues.count(config::Severity::kError), 3u);
}

TEST(LoadConfig, ACostLimitThatLimitsNothingIsAnError) {
  const std::string chain = std::string(kPack) + "policies: {chain: [cost-limit]}\npolicy: {cost-limit: ";
  EXPECT_TRUE(Has(Load(chain + "{}}\n"), code::kMissing, "policy.cost-limit"));
  EXPECT_TRUE(Has(Load(chain + "{limits: [{max_cost_usd: 1, when: {target: [a]}}]}}\n"), code::kConflict,
                  "policy.cost-limit.limits[0].when.target"));
  EXPECT_FALSE(Has(Load(chain + "{max_cost_usd: 1}}\n"), code::kMissing, "policy.cost-limit"));
}

TEST(LoadConfig, WarnsOfAnEmptyChainAndOfNoTargets) {
  const LoadedConfig loaded = LoadConfigText("f.yaml", kPack, config::MapEnvironment());
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(Has(loaded, code::kDoesNotRun, "policies.chain"));
  EXPECT_TRUE(Has(loaded, code::kDoesNotRun, "providers.targets"));
}

TEST(LoadConfig, RefusesWhatIsKnownAndNotBuilt) {
  const std::string base = std::string(kPack) + kRest;
  EXPECT_TRUE(Has(Load(base + "rate_limits: {rpm: 1}\n"), code::kNotSupported, "rate_limits"));
  const std::string chain = std::string(kPack) + "policies: {chain: [safety-filter, pii-detector]}\n";
  EXPECT_TRUE(Has(Load(chain + "policy: {quality-scorer: {benchmarks: {coherence: 1}}}\n"),
                  code::kNotSupported, "policy.quality-scorer.benchmarks"));
  EXPECT_TRUE(Has(Load(std::string(kPack) + "policies: {chain: [tool-validation]}\n"), code::kNotSupported,
                  "policies.chain[0]"));
  EXPECT_TRUE(Has(Load(chain + "policy: {pii-detector: {detect_patterns: [x]}}\n"), code::kNotSupported,
                  "policy.pii-detector.detect_patterns"));
  EXPECT_TRUE(
      Has(Load(std::string(kPack) +
               "providers: {targets: [{id: a, provider: mistral, model: m, secret_key_ref: {store: x}}]}\n"),
          code::kNotSupported, "providers.targets[0].secret_key_ref.store"));
}

TEST(LoadConfig, WarnsOfStrategiesThatHaveNothingToPickFrom) {
  for (const char* strategy :
       {"latency", "round_robin", "weighted_round_robin", "least_busy", "cost", "random"}) {
    const LoadedConfig loaded = Load(std::string(kPack) + "providers: {strategy: " + strategy +
                                     ", targets: [{id: a, provider: mistral, model: m}]}\n");
    EXPECT_TRUE(loaded.ok()) << loaded.issues.Text();
    EXPECT_TRUE(Has(loaded, code::kDoesNotRun, "providers.strategy")) << strategy;
  }
}

TEST(LoadConfig, EffectiveShowsWhatIsUsedWithoutSecrets) {
  const LoadedConfig loaded = Load(std::string(kPack) +
                                   "providers: {targets: [{id: a, provider: 'mistral:chat:m'}, {id: b, "
                                   "provider: mistral, model: m, api_key: "
                                   "hunter2}]}\n");
  const Json effective = Json::parse(loaded.effective);
  const Json& first = effective["providers"]["targets"][0];
  EXPECT_EQ(first["provider"], "mistral");
  EXPECT_EQ(first["model"], "m");
  EXPECT_EQ(first["base_url"], "https://api.mistral.ai/v1");
  EXPECT_EQ(first["secret_key_ref"]["env"], "MISTRAL_API_KEY");
  EXPECT_EQ(first["stream_timeout_seconds"], 60);
  EXPECT_EQ(effective["gateway"]["limits"]["max_body_bytes"], 33554432);
  EXPECT_EQ(loaded.effective.find("hunter2"), std::string::npos);
  EXPECT_EQ(loaded.effective.find("m-key"), std::string::npos);
}

constexpr char kTracing[] =
    "tracing:\n  endpoint: http://127.0.0.1:4318\n"
    "  headers: [{name: authorization, secret_key_ref: {env: MISTRAL_API_KEY}}]\n";

TEST(LoadConfig, TracingTakesItsHeadersFromTheEnvironment) {
  const LoadedConfig loaded = Load(std::string(kPack) + kRest + kTracing);
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.tracing.endpoint, "http://127.0.0.1:4318");
  ASSERT_EQ(loaded.tracing.headers.size(), 1u);
  EXPECT_EQ(loaded.tracing.headers[0].value.Reveal(), "m-key");
  EXPECT_EQ(loaded.effective.find("m-key"), std::string::npos);
  EXPECT_EQ(Load(std::string(kPack) + kRest).tracing.endpoint, "") << "off by default";
}

TEST(LoadConfig, BadTracingIsTold) {
  const auto with = [](const std::string& text) { return Load(std::string(kPack) + kRest + text); };
  EXPECT_TRUE(Has(with("tracing: {endpoint: 'collector:4318'}\n"), code::kNotAllowed, "tracing.endpoint"));
  EXPECT_TRUE(Has(with("tracing: {endpoint: 'http://u:p@c:4318'}\n"), code::kNotAllowed, "tracing.endpoint"));
  const std::string on = "tracing:\n  endpoint: http://c:4318\n";
  EXPECT_TRUE(Has(with(on + "  sample_ratio: 1.5\n"), code::kOutOfRange, "tracing.sample_ratio"));
  EXPECT_TRUE(Has(with(on + "  interval_ms: 0\n"), code::kOutOfRange, "tracing.interval_ms"));
  EXPECT_TRUE(Has(with(on + "  max_queue_spans: 100\n"), code::kSuspicious, "tracing.max_batch_spans"));
  EXPECT_TRUE(Has(with(on + "  headers: [{name: 'a b', secret_key_ref: {env: MISTRAL_API_KEY}}]\n"),
                  code::kNotAllowed, "tracing.headers[0].name"));
  EXPECT_TRUE(Has(with(on + "  headers: [{name: a, secret_key_ref: {env: NOT_THERE}}]\n"), code::kMissingKey,
                  "tracing.headers[0].secret_key_ref.env"));
  EXPECT_TRUE(Has(with("tracing: {sample_ratio: 1}\n"), code::kDoesNotRun, "tracing"));
}

TEST(LoadConfig, VersionFollowsTheMeaningNotTheText) {
  const LoadedConfig first = Load(std::string(kPack) + kRest);
  const LoadedConfig reordered =
      Load(std::string("# a comment\n") + kRest + kPack + "gateway: {block_status: 400}\n");
  const LoadedConfig other = Load(std::string(kPack) + kRest + "gateway: {block_status: 403}\n");
  EXPECT_EQ(first.version.size(), 12u);
  EXPECT_EQ(first.version.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(first.version, reordered.version);
  EXPECT_NE(first.version, other.version);
}

TEST(LoadConfig, ReadsFiles) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("portcullis_load_config_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::string file = folder / "policy-config.yaml";
  std::ofstream(file) << kPack << kRest;
  EXPECT_TRUE(LoadConfigFile(file, Keys()).ok());
  const LoadedConfig missing = LoadConfigFile(folder / "none.yaml", Keys());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.issues.all()[0].code, code::kUnreadable);
  std::ofstream(file) << std::string((1 << 20) + 1, '#');
  EXPECT_EQ(LoadConfigFile(file, Keys()).issues.all().at(0).code, code::kTooLarge);
  std::filesystem::remove_all(folder);
}

TEST(Controls, AConditionOnTheTargetIsForAnswersAlone) {
  const std::string block = "when: {target: eu-*}";
  const auto with = [&](const std::string& more) {
    return Load(std::string(kPack) + "policies: {chain: [secrets]}\npolicy: {secrets: {" + more + block +
                "}}\n" + kProviders);
  };
  EXPECT_TRUE(Has(with(""), code::kConflict, "policy.secrets.when.target"));
  EXPECT_TRUE(with("apply_to: output, ").ok()) << with("apply_to: output, ").issues.Text();
}

TEST(Controls, AnExceptionSaysWhatItCoversAndEnds) {
  const std::string text =
      std::string(kPack) +
      "policies: {chain: [secrets]}\npolicy:\n  secrets:\n    exceptions:\n"
      "      - {expires: 2025-12-31, rules: [jwt]}\n      - {expires: 2026-01-01, rules: [jwt]}\n" +
      kProviders;
  const portcullis::testing::FakeClock clock;
  const LoadedConfig loaded = LoadConfigText("f.yaml", text, Keys(), {}, &clock);
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(Has(loaded, code::kExpired, "policy.secrets.exceptions[0].expires"));
  EXPECT_FALSE(Has(loaded, code::kExpired, "policy.secrets.exceptions[1].expires"));
  EXPECT_FALSE(
      Has(LoadConfigText("f.yaml", text, Keys()), code::kExpired, "policy.secrets.exceptions[0].expires"));
  const LoadedConfig all =
      Load(std::string(kPack) +
           "policies: {chain: [secrets]}\n"
           "policy: {secrets: {exceptions: [{expires: 2026-12-31, tenants: [acme]}]}}\n" +
           kProviders);
  EXPECT_TRUE(Has(all, code::kMissing, "policy.secrets.exceptions[0]"));
}

TEST(LoadDefaults, UsesMistralWhenItsKeyIsThere) {
  const config::MapEnvironment environment(
      std::map<std::string, std::string, std::less<>>{{"MISTRAL_API_KEY", "m-key"}});
  const LoadedConfig loaded = LoadDefaults(environment, {}, "http://127.0.0.1:9/v1");
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.chain.chain,
            (std::vector<std::string>{"prompt-injection", "pii-detector", "safety-filter", "audit-logger"}));
  ASSERT_EQ(loaded.router.targets.size(), 1u);
  EXPECT_EQ(loaded.router.targets[0].base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(loaded.router.targets[0].api_key, "m-key");
  EXPECT_TRUE(loaded.router.targets[0].passthrough_model);
}

TEST(LoadDefaults, TakesMistralsVariables) {
  const auto target = [](const char* endpoint) {
    const config::MapEnvironment environment({{"MISTRAL_API_KEY", "k"},
                                              {"MISTRAL_MODEL", "mistral-large-latest"},
                                              {"MISTRAL_TIMEOUT_SECONDS", "90"},
                                              {"MISTRAL_ENDPOINT", endpoint}});
    const LoadedConfig loaded = LoadDefaults(environment, {}, "");
    EXPECT_TRUE(loaded.ok()) << loaded.issues.Text();
    return loaded.router.targets.at(0);
  };
  EXPECT_EQ(target("http://h:1").base_url, "http://h:1/v1");
  EXPECT_EQ(target("http://h:1/v1/").base_url, "http://h:1/v1");
  EXPECT_EQ(target("http://h:1").ModelFor(""), "mistral-large-latest");
  EXPECT_EQ(target("http://h:1").timeout, std::chrono::seconds(90));
  const config::MapEnvironment bad({{"MISTRAL_API_KEY", "k"}, {"MISTRAL_TIMEOUT_SECONDS", "soon"}});
  const LoadedConfig refused = LoadDefaults(bad, {}, "");
  EXPECT_FALSE(refused.ok());
  EXPECT_NE(refused.issues.Text().find("MISTRAL_TIMEOUT_SECONDS"), std::string::npos)
      << refused.issues.Text();
}

TEST(LoadDefaults, UsesTheSimulatorWithoutAKey) {
  const LoadedConfig loaded = LoadDefaults(config::MapEnvironment(), {}, "http://127.0.0.1:9/v1");
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  ASSERT_EQ(loaded.router.targets.size(), 1u);
  EXPECT_EQ(loaded.router.targets[0].base_url, "http://127.0.0.1:9/v1");
  EXPECT_EQ(loaded.router.targets[0].provider_type, "mistral");
  EXPECT_FALSE(loaded.router.targets[0].api_key_required);
  EXPECT_FALSE(LoadDefaults(config::MapEnvironment(), {}, "nonsense").ok());
}

TEST(LoadDefaults, TakesFlags) {
  FlagOverrides flags;
  flags.listen = {"127.0.0.1:0"};
  EXPECT_EQ(LoadDefaults(Keys(), flags, "").edge.listen, flags.listen);
}

}  // namespace
}  // namespace portcullis::app
