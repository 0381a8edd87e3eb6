#include "apps/config/axonflow/translation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "libs/base/glob.h"
#include "libs/config/codes.h"
#include "libs/testing/temp_dir.h"
#include "tests/unit/apps/config/axonflow/sources.h"

namespace portcullis::app {
namespace {

using Strings = std::vector<std::string>;

Variables Three(Variables more = {}) {
  more.insert({{"MISTRAL_API_KEY", "m"}, {"OPENAI_API_KEY", "o"}, {"ANTHROPIC_API_KEY", "a"}});
  more.insert({"ANTHROPIC_MODEL", "claude"});
  return more;
}

std::string StrategyOf(const LoadedConfig& loaded) {
  const size_t begin = loaded.effective.find("\"strategy\": \"") + 13;
  return loaded.effective.substr(begin, loaded.effective.find('"', begin) - begin);
}

TEST(AxonFlowVariables, SwitchProvidersOn) {
  const LoadedConfig loaded = FromVariables({{"MISTRAL_API_KEY", "m"},
                                             {"OPENAI_API_KEY", "o"},
                                             {"OPENAI_MODEL", "gpt-4o-mini"},
                                             {"OPENAI_ENDPOINT", "http://h:1/"},
                                             {"OPENAI_TIMEOUT_SECONDS", "60"},
                                             {"ANTHROPIC_API_KEY", "a"},
                                             {"ANTHROPIC_MODEL", "claude"},
                                             {"GOOGLE_API_KEY", "g"},
                                             {"GOOGLE_MODEL", "gemini"},
                                             {"AZURE_OPENAI_API_KEY", "z"},
                                             {"AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com"},
                                             {"AZURE_OPENAI_DEPLOYMENT_NAME", "d"},
                                             {"AZURE_OPENAI_API_VERSION", "2024-10-21"},
                                             {"OLLAMA_ENDPOINT", "http://h:11434"},
                                             {"OLLAMA_MODEL", "llama3.1"}});
  ASSERT_EQ(loaded.issues.all().size(), 1u) << loaded.issues.Text();
  EXPECT_EQ(loaded.issues.all().front().code, config::code::kAssumed);  // models that only one of them has
  ASSERT_EQ(Ids(loaded), (Strings{"mistral", "openai", "anthropic", "gemini", "azure-openai", "ollama"}));
  const auto& targets = loaded.router.targets;
  EXPECT_EQ(targets[1].base_url, "http://h:1/v1");
  EXPECT_EQ(targets[1].ModelFor(""), "gpt-4o-mini");
  EXPECT_EQ(targets[1].timeout, std::chrono::seconds(60));
  EXPECT_EQ(targets[2].provider_type, "anthropic");
  EXPECT_EQ(targets[3].base_url, "https://generativelanguage.googleapis.com/v1beta/openai");
  EXPECT_EQ(targets[3].api_key, "g");
  EXPECT_EQ(targets[4].azure_deployment, "d");
  EXPECT_EQ(targets[4].azure_api_version, "2024-10-21");
  EXPECT_EQ(targets[5].base_url, "http://h:11434/v1");
  EXPECT_FALSE(targets[5].api_key_required);
  EXPECT_EQ(StrategyOf(loaded), "weighted_round_robin");
}

TEST(AxonFlowVariables, AProviderWithoutADefaultModelIsWarnedOf) {
  const LoadedConfig loaded = FromVariables({{"ANTHROPIC_API_KEY", "a"}});
  EXPECT_EQ(OnlyIssue(loaded),
            "ANTHROPIC_MODEL: warning: ANTHROPIC_MODEL is not set: requests to anthropic that name no model "
            "will be "
            "refused by it [W101]");
}

TEST(AxonFlowVariables, ChooseTheStrategy) {
  const auto strategy = [](const char* word) {
    return StrategyOf(
        FromVariables(Three({{"LLM_ROUTING_STRATEGY", word}, {"PROVIDER_WEIGHTS", "mistral:50"}})));
  };
  EXPECT_EQ(strategy("weighted"), "weighted_round_robin");
  EXPECT_EQ(strategy("round_robin"), "round_robin");
  EXPECT_EQ(strategy("round-robin"), "round_robin");
  EXPECT_EQ(strategy("failover"), "fallback");
  EXPECT_EQ(strategy("cost_optimized"), "cost");
  EXPECT_EQ(StrategyOf(FromVariables({{"MISTRAL_API_KEY", "m"}, {"LLM_ROUTING_STRATEGY", "failover"}})),
            "single");
  EXPECT_EQ(OnlyIssue(FromVariables(Three({{"LLM_ROUTING_STRATEGY", "weigthed"}}))),
            "LLM_ROUTING_STRATEGY: error: LLM_ROUTING_STRATEGY must be one of weighted, round_robin, "
            "round-robin, failover, cost_optimized, not \"weigthed\"; did you mean \"weighted\"? [E015]");
}

TEST(AxonFlowVariables, WeightsAreSharesOfOne) {
  const LoadedConfig loaded = FromVariables(Three({{"PROVIDER_WEIGHTS", "openai:75, mistral:25"}}));
  ASSERT_TRUE(loaded.ok()) << loaded.issues.Text();
  EXPECT_EQ(Ids(loaded), (Strings{"mistral", "openai", "anthropic"}));
  EXPECT_EQ(Weights(loaded), (std::vector<double>{0.25, 0.75, 1.0 / 3}));
  for (const char* bad : {"mistral", "mistral:", "mistral:x", "mistral:-1", "mistral:nan"}) {
    const LoadedConfig refused = FromVariables(Three({{"PROVIDER_WEIGHTS", bad}}));
    EXPECT_EQ(OnlyIssue(refused),
              "PROVIDER_WEIGHTS: error: PROVIDER_WEIGHTS must be like mistral:70,openai:30 [E015]")
        << bad;
  }
  EXPECT_TRUE(FromVariables(Three({{"PROVIDER_WEIGHTS", "groq:1"}})).issues.Text().find("must be one of") !=
              std::string::npos);
}

TEST(AxonFlowVariables, LlmProvidersFiltersAndOrders) {
  const LoadedConfig loaded = FromVariables(Three({{"LLM_PROVIDERS", "anthropic, mistral"}}));
  EXPECT_EQ(Ids(loaded), (Strings{"anthropic", "mistral"}));
  const LoadedConfig one = FromVariables(Three({{"LLM_PROVIDERS", "mistral,google"}}));
  EXPECT_EQ(Ids(one), Strings{"mistral"});
  EXPECT_EQ(
      OnlyIssue(one),
      "LLM_PROVIDERS: warning: LLM_PROVIDERS names google, which is not switched on: set GOOGLE_API_KEY "
      "[W101]");
  EXPECT_FALSE(FromVariables(Three({{"LLM_PROVIDERS", "mistrall"}})).ok());
  EXPECT_NE(FromVariables(Three({{"LLM_PROVIDERS", "ollama"}})).issues.Text().find("leaves no provider"),
            std::string::npos);
}

TEST(AxonFlowVariables, SeveralProvidersTakeTheirOwnModels) {
  const LoadedConfig loaded =
      FromVariables(Three({{"ANTHROPIC_ENDPOINT", "http://h:1"}, {"OPENAI_MODEL", "my-tuned"}}));
  ASSERT_TRUE(loaded.ok()) << loaded.issues.Text();
  const auto& targets = loaded.router.targets;
  EXPECT_TRUE(base::AnyGlobMatches(targets[0].models, "codestral-latest"));
  EXPECT_TRUE(base::AnyGlobMatches(targets[0].models, "ministral-8b-latest"));
  EXPECT_FALSE(base::AnyGlobMatches(targets[0].models, "gpt-4o"));
  EXPECT_TRUE(base::AnyGlobMatches(targets[1].models, "gpt-4o"));
  EXPECT_TRUE(base::AnyGlobMatches(targets[1].models, "my-tuned"));
  EXPECT_FALSE(base::AnyGlobMatches(targets[1].models, "codestral-latest"));
  EXPECT_TRUE(targets[2].models.empty());  // its endpoint may have any
  EXPECT_TRUE(FromVariables({{"MISTRAL_API_KEY", "m"}}).router.targets[0].models.empty());
}

TEST(AxonFlowVariables, FailoverBeginsWithTheDefaultOrTheHeaviest) {
  const auto ids = [](Variables more) {
    more["LLM_ROUTING_STRATEGY"] = "failover";
    return Ids(FromVariables(Three(std::move(more))));
  };
  EXPECT_EQ(ids({}), (Strings{"mistral", "openai", "anthropic"}));
  EXPECT_EQ(ids({{"DEFAULT_LLM_PROVIDER", "openai"}}), (Strings{"openai", "mistral", "anthropic"}));
  EXPECT_EQ(ids({{"LLM_DEFAULT_PROVIDER", "anthropic"}}), (Strings{"anthropic", "mistral", "openai"}));
  EXPECT_EQ(ids({{"PROVIDER_WEIGHTS", "openai:90,mistral:5,anthropic:5"}}),
            (Strings{"openai", "mistral", "anthropic"}));
}

TEST(AxonFlowVariables, ThereIsNoCapOnProviders) {
  std::string text = "version: '1.0'\nllm_providers:\n";
  for (const char* name : {"mistral", "openai", "groq", "together", "deepseek", "xai", "nvidia"}) {
    text += std::string("  ") + name + ": {enabled: true, config: {model: m}, credentials: {api_key: k}}\n";
  }
  EXPECT_EQ(Ids(FromYaml(text)).size(), 7u);
}

TEST(AxonFlowSources, AFileWinsOverTheEnvironment) {
  const LoadedConfig loaded = FromYaml(
      "version: '1.0'\nllm_providers:\n"
      "  mistral: {enabled: true, config: {model: from-file, timeout_seconds: 10}, weight: 0.5}\n"
      "  openai: {enabled: true}\n",
      {{"MISTRAL_API_KEY", "m"},
       {"MISTRAL_MODEL", "from-env"},
       {"MISTRAL_TIMEOUT_SECONDS", "20"},
       {"MISTRAL_ENDPOINT", "http://h:1"},
       {"OPENAI_API_KEY", "o"},
       {"GOOGLE_API_KEY", "g"},
       {"PROVIDER_WEIGHTS", "mistral:10,openai:90"}});
  ASSERT_TRUE(loaded.ok()) << loaded.issues.Text();
  ASSERT_EQ(Ids(loaded), (Strings{"mistral", "openai"}));
  EXPECT_EQ(loaded.router.targets[0].ModelFor(""), "from-file");
  EXPECT_EQ(loaded.router.targets[0].timeout, std::chrono::seconds(10));
  EXPECT_EQ(loaded.router.targets[0].base_url, "http://h:1/v1");  // the file does not say it
  EXPECT_EQ(Weights(loaded), (std::vector<double>{0.5, 0.9}));
}

TEST(AxonFlowSources, OriginsSayWhereASettingCameFrom) {
  const LoadedConfig loaded = FromYaml(
      kPageYaml, {{"MISTRAL_API_KEY", "m"}, {"MISTRAL_ENDPOINT", "http://h:1"}, {"PII_ACTION", "block"}});
  std::map<std::string, std::string> from;
  for (const auto& origin : loaded.origins) from[origin.path + "=" + origin.value] = origin.from;
  const std::string target = "providers.targets[0].";
  EXPECT_EQ(from[target + "default_model=mistral-small-latest"], "axonflow.yaml:8:14");
  EXPECT_EQ(from[target + "base_url=http://h:1/v1"], "MISTRAL_ENDPOINT");
  EXPECT_EQ(from[target + "timeout_seconds=120"], "AxonFlow's default");
  EXPECT_EQ(from[target + "secret_key_ref.env=MISTRAL_API_KEY"], "axonflow.yaml:6:16");
  EXPECT_EQ(from["policy.pii-detector.action=block"], "PII_ACTION");
  const LoadedConfig secret = FromYaml(
      "version: '1'\nllm_providers: {mistral: {enabled: true, credentials: {api_key: literal}}}\n", {});
  for (const auto& origin : secret.origins) EXPECT_NE(origin.value, "literal");
}

class TwoFiles : public ::testing::Test {
 protected:
  std::string Write(const char* name, const std::string& text) {
    const std::string file = (dir_.path() / name).string();
    std::ofstream(file) << text;
    return file;
  }

  LoadedConfig Load(const std::string& own, const std::string& theirs) {
    const Strings files = {Write("policy-config.yaml", own), Write("axonflow.yaml", theirs)};
    return LoadConfigFiles(files, config::MapEnvironment(Variables{{"MISTRAL_API_KEY", "m"}}));
  }

  testing::TempDir dir_;
};

constexpr char kOwn[] =
    "pack: {name: own, version: 1.0.0, enabled: true}\n"
    "policies: {chain: [audit-logger]}\npolicy: {audit-logger: {}}\n";

TEST_F(TwoFiles, TheirsGivesOursItsProviders) {
  const LoadedConfig loaded = Load(kOwn, kPageYaml);
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.pack.name, "own");
  EXPECT_EQ(loaded.chain.chain, Strings{"audit-logger"});
  EXPECT_EQ(Ids(loaded), Strings{"mistral"});
}

TEST_F(TwoFiles, ErrorsNameTheFile) {
  const LoadedConfig loaded = Load(std::string(kOwn) + "gatewai: {}\n", kPageYaml);
  EXPECT_NE(OnlyIssue(loaded).find("policy-config.yaml:4:1: error"), std::string::npos) << OnlyIssue(loaded);
  const LoadedConfig theirs =
      Load(kOwn, std::string(kPageYaml) + "  openai: {enabled: true, config: {timeout_seconds: 5000}}\n");
  EXPECT_NE(OnlyIssue(theirs).find("axonflow.yaml:9:"), std::string::npos) << OnlyIssue(theirs);
}

TEST_F(TwoFiles, OnlyOneMayHaveProviders) {
  const LoadedConfig loaded =
      Load(std::string(kOwn) + "providers: {targets: [{id: a, provider: mistral, model: m}]}\n", kPageYaml);
  EXPECT_NE(OnlyIssue(loaded).find("axonflow.yaml:2:1: error: both files name providers [E017]"),
            std::string::npos)
      << OnlyIssue(loaded);
}

TEST_F(TwoFiles, TwoOfOneFormAreRefused) {
  EXPECT_NE(OnlyIssue(Load(kOwn, kOwn)).find("have the same form [E017]"), std::string::npos);
}

TEST(AxonFlowSources, OurFileIsLeftAloneByRoutingVariables) {
  const LoadedConfig loaded = LoadConfigText(
      "f.yaml", std::string(kOwn) + "providers: {targets: [{id: a, provider: mistral, model: m}]}\n",
      config::MapEnvironment(
          {{"MISTRAL_API_KEY", "m"}, {"OPENAI_API_KEY", "o"}, {"MISTRAL_ENDPOINT", "http://h:1"}}));
  EXPECT_EQ(Ids(loaded), Strings{"a"});
  EXPECT_EQ(loaded.router.targets[0].base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(
      OnlyIssue(loaded),
      "MISTRAL_ENDPOINT: note: MISTRAL_ENDPOINT has no effect: the configuration has providers of its own "
      "[W101]");
  EXPECT_TRUE(loaded.origins.empty());
}

}  // namespace
}  // namespace portcullis::app
