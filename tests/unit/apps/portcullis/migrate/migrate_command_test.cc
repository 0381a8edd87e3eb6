#include "apps/portcullis/migrate/migrate_command.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "apps/config/load_config.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::app {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

class MigrateTest : public ::testing::Test {
 protected:
  // Runs the command on `text`, and what it wrote through the loader.
  void Migrate(const std::string& from, const std::string& text, const Variables& variables = {}) {
    const std::string file = (dir_.path() / "in.yaml").string();
    std::ofstream(file) << text;
    std::ostringstream out, err;
    code_ = RunMigrate({from, file, ""}, config::MapEnvironment(variables), out, err);
    yaml_ = out.str();
    remarks_ = err.str();
    while (remarks_.find(file) != std::string::npos)
      remarks_.replace(remarks_.find(file), file.size(), "in.yaml");
    if (code_ == 0) loaded_ = LoadConfigText("out.yaml", yaml_, config::MapEnvironment());
    EXPECT_TRUE(code_ != 0 || loaded_.ok()) << loaded_.issues.Text() << yaml_;
  }

  void ExpectRemark(const std::string& text) {
    EXPECT_NE(remarks_.find(text), std::string::npos) << text << "\nin\n" << remarks_;
  }

  testing::TempDir dir_;
  int code_ = -1;
  std::string yaml_;
  std::string remarks_;
  LoadedConfig loaded_;
};

TEST_F(MigrateTest, AxonFlow) {
  Migrate("axonflow", R"(version: "1.0"
llm_providers:
  mistral:
    enabled: true
    credentials: {api_key: "${MISTRAL_API_KEY}"}
    config: {model: "${MISTRAL_MODEL:-mistral-small-latest}"}
    priority: 2
connectors: {pg: {type: postgres}}
)",
          {{"MISTRAL_API_KEY", "never-written"}, {"PII_ACTION", "block"}});
  ASSERT_EQ(code_, 0) << remarks_;
  EXPECT_EQ(yaml_.rfind("# Written by `portcullis migrate axonflow` from in.yaml.\npack:\n", 0), 0u) << yaml_;
  EXPECT_NE(yaml_.find("      secret_key_ref:\n        env: MISTRAL_API_KEY\n"), std::string::npos) << yaml_;
  EXPECT_EQ(yaml_.find("never-written"), std::string::npos);
  ASSERT_EQ(loaded_.router.targets.size(), 1u);
  EXPECT_EQ(loaded_.router.targets[0].ModelFor(""), "mistral-small-latest");
  EXPECT_NE(yaml_.find("action: block"), std::string::npos);
  ExpectRemark("in.yaml:8:1: warning: connectors have no effect here");
  ExpectRemark("in.yaml:7:5: note: llm_providers.mistral.priority has no effect here");
  ExpectRemark(
      "in.yaml:6:21: llm_providers.mistral.config.model: ${MISTRAL_MODEL:-mistral-small-latest} is replaced");
  ExpectRemark("PII_ACTION: policy.pii-detector.action: block is written as the variable says now");
}

TEST_F(MigrateTest, KeeptrustsLeavesOutWhatIsNotKnown) {
  Migrate("keeptrusts", R"(pack: {name: prod, version: 1.2.0, enabled: true}
policies:
  chain: [prompt-injection, rbac, pii-detector, bot-detector]
policy:
  prompt-injection: {threshold: 0.7, bogus: 3}
  rbac: {roles: [a]}
  pii-detector: {action: redact, detect_patterns: [x]}
  bot-detector: {}
providers:
  targets: [{id: m, provider: "mistral:chat:mistral-large-latest", zdr: true}]
rate_limits: {per_key: {rpm: 10}}
)");
  ASSERT_EQ(code_, 0) << remarks_;
  EXPECT_EQ(loaded_.pack.name, "prod");
  EXPECT_EQ(loaded_.chain.chain, (std::vector<std::string>{"prompt-injection", "pii-detector"}));
  ASSERT_EQ(loaded_.router.targets.size(), 1u);
  EXPECT_EQ(
      remarks_,
      "in.yaml:3:29: policies.chain[1]: not carried over: the policy \"rbac\" is known to Keeptrusts and not "
      "supported yet\n"
      "in.yaml:3:49: policies.chain[3]: not carried over: the policy \"bot-detector\" is known to Keeptrusts "
      "and not supported yet\n"
      "in.yaml:5:38: policy.prompt-injection.bogus: not carried over: unknown key \"bogus\" in "
      "policy.prompt-injection\n"
      "in.yaml:6:3: policy.rbac: not carried over: is known to Keeptrusts and not supported yet\n"
      "in.yaml:7:34: policy.pii-detector.detect_patterns: not carried over: is not supported yet: patterns "
      "of your own would not be looked for\n"
      "in.yaml:8:3: policy.bot-detector: not carried over: is known to Keeptrusts and not supported yet\n"
      "in.yaml:10:68: providers.targets[0].zdr: not carried over: is known to Keeptrusts and not supported "
      "yet\n"
      "in.yaml:11:1: rate_limits: not carried over: is known to Keeptrusts and not supported yet\n");
}

TEST_F(MigrateTest, KeeptrustsOlderForm) {
  Migrate("keeptrusts", R"(version: '1'
gateway: {port: 8080, logging: {level: warn}}
policies:
  - {name: inj, type: prompt_injection, action: block, phase: input, config: {threshold: 0.6, model: x}}
  - {name: pii, type: pii_redaction, action: redact}
  - {name: lang, type: language}
output_policies:
  - {name: safe, type: content_filter, action: warn}
providers: {targets: [{id: m, provider: mistral, model: m}]}
)");
  ASSERT_EQ(code_, 0) << remarks_;
  EXPECT_EQ(loaded_.pack.name, "in");
  EXPECT_EQ(loaded_.chain.chain,
            (std::vector<std::string>{"prompt-injection", "pii-detector", "safety-filter"}));
  EXPECT_EQ(loaded_.edge.listen, std::vector<std::string>{"0.0.0.0:8080"});
  EXPECT_EQ(loaded_.edge.log_level, telemetry::LogLevel::kWarning);
  EXPECT_NE(yaml_.find("safety-filter:\n    action: log\n    apply_to: output\n"), std::string::npos)
      << yaml_;
  ExpectRemark("in.yaml:4:95: prompt-injection: config.model: not carried over");
  ExpectRemark("in.yaml:6:5: policies: lang: not carried over: no policy does what language did");
}

TEST_F(MigrateTest, LiteLlm) {
  Migrate("litellm", R"(model_list:
  - model_name: chat
    litellm_params: {model: mistral/mistral-large-latest, api_key: os.environ/MISTRAL_API_KEY, rpm: 100, weight: 3}
  - model_name: chat
    litellm_params: {model: azure/d, api_base: "https://r.openai.azure.com", api_key: os.environ/AZURE_KEY,
                     api_version: "2024-10-21", input_cost_per_token: 0.0000025, output_cost_per_token: 1e-05}
  - model_name: small
    litellm_params: {model: gpt-4o-mini, timeout: 20}
    model_info: {max_input_tokens: 128000, supports_vision: true}
  - model_name: claude
    litellm_params: {model: bedrock/anthropic.claude-3}
  - model_name: "mistral/*"
    litellm_params: {model: "mistral/*"}
router_settings:
  routing_strategy: usage-based-routing
  num_retries: 2
  timeout: 30
  allowed_fails: 3
  cooldown_time: 31
  fallbacks: [{chat: [small, claude]}]
  model_group_alias: {gpt-4: chat, x: none}
litellm_settings: {drop_params: true, success_callback: [langfuse]}
general_settings: {master_key: sk-1234}
)");
  ASSERT_EQ(code_, 0) << remarks_;
  ASSERT_EQ(loaded_.router.targets.size(), 4u);
  const auto& targets = loaded_.router.targets;
  EXPECT_EQ(targets[0].weight, 3);
  EXPECT_EQ(targets[0].timeout, std::chrono::seconds(30));
  EXPECT_EQ(targets[1].azure_deployment, "d");
  ASSERT_TRUE(targets[1].pricing.has_value());
  EXPECT_DOUBLE_EQ(targets[1].pricing->prompt, 2.5);
  EXPECT_DOUBLE_EQ(targets[1].pricing->completion, 10);
  EXPECT_EQ(targets[2].timeout, std::chrono::seconds(20));
  EXPECT_EQ(targets[2].max_context_tokens, 128000u);
  EXPECT_TRUE(targets[3].passthrough_model);
  EXPECT_EQ(loaded_.router.retry.max_attempts, 3);
  EXPECT_EQ(loaded_.router.circuit_breaker.recovery_timeout, std::chrono::seconds(31));
  EXPECT_NE(yaml_.find("      aliases: [gpt-4]\n      fallback_group: small\n"), std::string::npos) << yaml_;
  EXPECT_NE(yaml_.find("strategy: least_busy"), std::string::npos);
  for (const char* remark :
       {"in.yaml:3:96: model_list: chat: rpm: not carried over",
        "model_info.supports_vision: not carried over",
        "in.yaml:10:5: model_list: claude: not carried over: the provider bedrock is not known",
        "usage-based-routing becomes least_busy",
        "router_settings.fallbacks: chat to claude: not carried over",
        "model_group_alias: x: not carried over", "litellm_settings.success_callback: not carried over",
        "general_settings.master_key: not carried over"}) {
    ExpectRemark(remark);
  }
  EXPECT_EQ(yaml_.find("sk-1234"), std::string::npos);
}

TEST_F(MigrateTest, WrongValuesWriteNothing) {
  Migrate("keeptrusts",
          "pack: {name: a, version: 1.0.0, enabled: true}\npolicy: {pii-detector: {action: 7}}\n");
  EXPECT_EQ(code_, 2);
  EXPECT_EQ(yaml_, "");
  ExpectRemark("policy.pii-detector.action");
  Migrate("keeptrusts",
          "pack: {name: a, version: 1.0.0, enabled: true}\npolicies: {chain: [dlp-filter]}\n"
          "policy: {dlp-filter: {detect_patterns: ['(']}}\n");
  EXPECT_EQ(code_, 2) << yaml_;
  EXPECT_EQ(yaml_, "");
  Migrate("axonflow", "version: '1'\nllm_providers: {mistral: {enabled: maybe}}\n");
  EXPECT_EQ(code_, 2);
  ExpectRemark("in.yaml:2:36: error");
  Migrate("litellm", "pack: {}\n");
  EXPECT_EQ(code_, 2);
  ExpectRemark("the file has no model_list");
  for (const char* text : {"", "[1]", "a: [", "\x01"}) {
    for (const char* from : {"axonflow", "keeptrusts", "litellm"}) {
      Migrate(from, text);
      EXPECT_EQ(code_, 2) << from << ": " << text;
    }
  }
}

TEST_F(MigrateTest, WritesAFile) {
  const std::string in = (dir_.path() / "in.yaml").string();
  std::ofstream(in) << "model_list: [{model_name: a, litellm_params: {model: mistral/m}}]\n";
  std::ostringstream out, err;
  const std::string file = (dir_.path() / "out.yaml").string();
  EXPECT_EQ(RunMigrate({"litellm", in, file}, config::MapEnvironment(), out, err), 0) << err.str();
  EXPECT_EQ(out.str(), "");
  EXPECT_TRUE(LoadConfigFile(file, config::MapEnvironment()).ok());
  EXPECT_EQ(
      RunMigrate({"litellm", in, (dir_.path() / "no/out.yaml").string()}, config::MapEnvironment(), out, err),
      2);
}

}  // namespace
}  // namespace portcullis::app
