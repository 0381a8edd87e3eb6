#include "apps/config/axonflow/file.h"

#include <gtest/gtest.h>

#include "tests/unit/apps/config/axonflow/sources.h"

namespace portcullis::app {
namespace {

TEST(AxonFlowFile, ThePagesYamlLoads) {
  const LoadedConfig loaded = FromYaml(kPageYaml);
  ASSERT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.file, "axonflow.yaml");
  ASSERT_EQ(Ids(loaded), std::vector<std::string>{"mistral"});
  const auto& target = loaded.router.targets[0];
  EXPECT_EQ(target.ModelFor(""), "mistral-small-latest");
  EXPECT_EQ(target.api_key, "m-key");
  EXPECT_EQ(target.api_key_source, "environment variable MISTRAL_API_KEY");
  EXPECT_EQ(target.timeout, std::chrono::seconds(120));
  EXPECT_EQ(target.base_url, "https://api.mistral.ai/v1");
  const LoadedConfig other =
      FromYaml(kPageYaml, {{"MISTRAL_API_KEY", "k"}, {"MISTRAL_MODEL", "codestral-latest"}});
  EXPECT_EQ(other.router.targets.at(0).ModelFor(""), "codestral-latest");
}

TEST(AxonFlowFile, AKeyThatIsNotSetIsWarnedOf) {
  const LoadedConfig loaded = FromYaml(kPageYaml, {});
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(OnlyIssue(loaded),
            "axonflow.yaml:6:16: warning: target \"mistral\" is not available: the environment variable "
            "MISTRAL_API_KEY is not set [W102]");
}

TEST(AxonFlowFile, ReadsEveryKey) {
  const LoadedConfig loaded = FromYaml(R"(version: "1.0"
llm_providers:
  azure-openai:
    enabled: true
    display_name: Ours
    credentials: {api_key: literal}
    config: {endpoint: "https://r.openai.azure.com", deployment_name: d, api_version: 2024-10-21,
             timeout_seconds: 30, max_tokens: 100}
    weight: 0.25
  groq: {enabled: true, config: {model: m}, credentials: {api_key: k}}
  openai: {enabled: false}
)");
  ASSERT_TRUE(loaded.ok()) << loaded.issues.Text();
  ASSERT_EQ(Ids(loaded), (std::vector<std::string>{"azure-openai", "groq"}));
  const auto& azure = loaded.router.targets[0];
  EXPECT_EQ(azure.base_url, "https://r.openai.azure.com");
  EXPECT_EQ(azure.azure_deployment, "d");
  EXPECT_EQ(azure.azure_api_version, "2024-10-21");
  EXPECT_EQ(azure.timeout, std::chrono::seconds(30));
  EXPECT_EQ(azure.stream_timeout, std::chrono::seconds(45));
  EXPECT_EQ(azure.dialect.default_max_tokens, 100u);
  EXPECT_EQ(azure.description, "Ours");
  EXPECT_EQ(azure.api_key, "literal");
  EXPECT_EQ(Weights(loaded), (std::vector<double>{0.25, 1}));
  EXPECT_EQ(loaded.effective.find("literal"), std::string::npos);
}

TEST(AxonFlowFile, ErrorsHaveTheirPlace) {
  const auto with = [](const std::string& line) {
    return OnlyIssue(
        FromYaml("version: \"1.0\"\nllm_providers:\n  mistral:\n    enabled: true\n" + line + "\n"));
  };
  EXPECT_EQ(with("    modell: x"),
            "axonflow.yaml:5:5: error: unknown key \"modell\" in llm_providers.mistral [E012]");
  EXPECT_EQ(with("    weight: much"),
            "axonflow.yaml:5:13: error: llm_providers.mistral.weight must be a number, not \"much\" [E013]");
  EXPECT_EQ(with("    config: {timeout_seconds: 0}"),
            "axonflow.yaml:5:31: error: llm_providers.mistral.config.timeout_seconds must be from 1 to 3600 "
            "seconds, "
            "not 0 [E014]");
  EXPECT_EQ(
      with("    config: {endpoint: nowhere}"),
      "axonflow.yaml:5:24: error: providers.targets[0].base_url must begin with https:// or http://, not "
      "\"nowhere/v1\" [E015]");
  EXPECT_EQ(with("  mistrall: {enabled: true}"),
            "axonflow.yaml:5:3: error: unknown provider \"mistrall\" in llm_providers [E012]");
  EXPECT_EQ(with("    config: [1]"),
            "axonflow.yaml:5:13: error: llm_providers.mistral.config must be a mapping, not a list [E013]");
  EXPECT_EQ(with("    config: {model: \"${A\"}"),
            "axonflow.yaml:5:21: error: this value has a ${ without its } [E015]");
  EXPECT_EQ(OnlyIssue(FromYaml("llm_providers: {mistral: {enabled: true}}\n")),
            "axonflow.yaml: error: the file lacks the key \"version\" [E016]");
  EXPECT_EQ(OnlyIssue(FromYaml("version: '1'\nllm_providers: [mistral]\n")),
            "axonflow.yaml:2:16: error: llm_providers must be a mapping, not a list [E013]");
}

TEST(AxonFlowFile, SaysWhatHasNoEffect) {
  const LoadedConfig loaded = FromYaml(R"(version: "1.0"
connectors: {postgres: {type: postgres, anything: [1, 2]}}
llm_providers:
  mistral: {enabled: true, priority: 3, config: {temperature: 0.5}}
  openai: {config: {model: m}}
  bedrock: {enabled: true, config: {region: eu-central-1}}
)");
  EXPECT_TRUE(loaded.ok()) << loaded.issues.Text();
  EXPECT_EQ(Ids(loaded), std::vector<std::string>{"mistral"});
  const std::string text = loaded.issues.Text();
  for (const char* part : {"axonflow.yaml:2:1: warning: connectors", "axonflow.yaml:4:28: note:",
                           "llm_providers.mistral.config.temperature has no effect here",
                           "openai is left out", "bedrock is left out"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(AxonFlowFile, ConnectorsAloneLeaveTheProvidersToTheEnvironment) {
  const LoadedConfig loaded = FromYaml("version: '1.0'\nconnectors: {}\n");
  EXPECT_TRUE(loaded.ok()) << loaded.issues.Text();
  EXPECT_EQ(Ids(loaded), std::vector<std::string>{"mistral"});
}

}  // namespace
}  // namespace portcullis::app
