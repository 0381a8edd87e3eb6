#include "apps/config/axonflow/actions.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/apps/config/axonflow/sources.h"

namespace portcullis::app {
namespace {

using Strings = std::vector<std::string>;

constexpr char kOwn[] =
    "pack: {name: own, version: 1.0.0, enabled: true}\n"
    "policies: {chain: [pii-detector]}\n"
    "providers: {targets: [{id: a, provider: mistral, model: m}]}\n";

LoadedConfig BuiltIn(Variables more) {
  more.insert({"MISTRAL_API_KEY", "m"});
  return FromVariables(std::move(more));
}

LoadedConfig Own(const std::string& policy, Variables more) {
  more.insert({"MISTRAL_API_KEY", "m"});
  return LoadConfigText("f.yaml", kOwn + policy, config::MapEnvironment(std::move(more)));
}

// The actions of the policies of the chain: "pii-detector=redact sql-injection=block".
std::string Actions(const LoadedConfig& loaded) {
  const auto effective = nlohmann::json::parse(loaded.effective);
  std::string text;
  for (const char* kind : {"pii-detector", "sql-injection", "secrets"}) {
    const auto& chain = loaded.chain.chain;
    if (std::find(chain.begin(), chain.end(), kind) == chain.end()) continue;
    text += (text.empty() ? "" : " ") + std::string(kind) + "=" +
            effective["policy"][kind]["action"].get<std::string>();
  }
  return text;
}

TEST(AxonFlowActions, ExplicitOnes) {
  EXPECT_EQ(Actions(BuiltIn({})), "pii-detector=redact");
  EXPECT_EQ(Actions(BuiltIn({{"PII_ACTION", "block"}})), "pii-detector=block");
  EXPECT_EQ(Actions(BuiltIn({{"PII_ACTION", "warn"}})), "pii-detector=log");
  EXPECT_EQ(Actions(BuiltIn({{"SQLI_ACTION", "block"}})), "pii-detector=redact sql-injection=block");
  EXPECT_EQ(Actions(BuiltIn({{"SQLI_ACTION", "block"}, {"SQLI_SCANNER_MODE", "off"}})),
            "pii-detector=redact");
  EXPECT_EQ(Actions(BuiltIn({{"SENSITIVE_DATA_ACTION", "redact"}})), "pii-detector=redact secrets=redact");
  EXPECT_EQ(BuiltIn({{"SQLI_ACTION", "warn"}}).chain.chain,
            (Strings{"prompt-injection", "pii-detector", "safety-filter", "sql-injection", "audit-logger"}));
}

TEST(AxonFlowActions, ProfilesAndTheirPrecedence) {
  const auto profile = [](const char* name) { return Actions(BuiltIn({{"AXONFLOW_PROFILE", name}})); };
  EXPECT_EQ(profile("dev"), "pii-detector=log sql-injection=log secrets=log");
  EXPECT_EQ(profile("default"), "pii-detector=log sql-injection=log secrets=log");
  EXPECT_EQ(profile("strict"), "pii-detector=block sql-injection=block secrets=block");
  EXPECT_EQ(profile("compliance"), "pii-detector=block sql-injection=block secrets=block");
  EXPECT_EQ(Actions(BuiltIn({{"AXONFLOW_ENFORCE", "pii, sqli"}})), "pii-detector=block sql-injection=block");
  EXPECT_EQ(Actions(BuiltIn({{"AXONFLOW_ENFORCE", "all"}})),
            "pii-detector=block sql-injection=block secrets=block");
  EXPECT_EQ(Actions(BuiltIn({{"AXONFLOW_ENFORCE", "none"}})), "pii-detector=redact");
  EXPECT_EQ(
      Actions(BuiltIn({{"AXONFLOW_PROFILE", "dev"}, {"AXONFLOW_ENFORCE", "pii"}, {"SQLI_ACTION", "block"}})),
      "pii-detector=block sql-injection=block secrets=log");
}

TEST(AxonFlowActions, UnknownWordsAreErrors) {
  EXPECT_EQ(
      OnlyIssue(BuiltIn({{"PII_ACTION", "blok"}})),
      "PII_ACTION: error: PII_ACTION must be one of block, warn, log, redact, not \"blok\"; did you mean "
      "\"block\"? [E015]");
  EXPECT_EQ(OnlyIssue(BuiltIn({{"SQLI_ACTION", "redact"}})),
            "SQLI_ACTION: error: SQLI_ACTION must be one of block, warn, log, not \"redact\" [E015]");
  EXPECT_FALSE(BuiltIn({{"AXONFLOW_PROFILE", "lax"}}).ok());
  EXPECT_FALSE(BuiltIn({{"AXONFLOW_ENFORCE", "pii,xyz"}}).ok());
  EXPECT_FALSE(BuiltIn({{"DEPLOYMENT_MODE", "comunity"}}).ok());
}

TEST(AxonFlowActions, AFileWins) {
  const LoadedConfig silent = Own("policy: {pii-detector: {}}\n", {{"PII_ACTION", "block"}});
  EXPECT_EQ(Actions(silent), "pii-detector=block");
  const LoadedConfig says = Own("policy: {pii-detector: {action: log}}\n", {{"PII_ACTION", "block"}});
  EXPECT_EQ(Actions(says), "pii-detector=log");
  EXPECT_EQ(OnlyIssue(says),
            "PII_ACTION: note: PII_ACTION has no effect: the file has policy.pii-detector.action [W101]");
  const LoadedConfig without = Own("policy: {pii-detector: {}}\n", {{"SQLI_ACTION", "block"}});
  EXPECT_EQ(Actions(without), "pii-detector=redact");
  EXPECT_EQ(OnlyIssue(without),
            "SQLI_ACTION: note: SQLI_ACTION does not reach sql-injection: the file's chain does not name it "
            "[W101]");
}

TEST(AxonFlowActions, WhatHasNoCounterpartIsSaid) {
  for (const char* variable : {"HIGH_RISK_ACTION", "DANGEROUS_QUERY_ACTION", "GATEWAY_PII_ACTION",
                               "SQLI_BLOCK_MODE", "PROVIDER_COSTS"}) {
    const std::string issue = OnlyIssue(BuiltIn({{variable, "block"}}));
    EXPECT_TRUE(issue.find(std::string(variable) + " has no effect: ") != issue.npos) << issue;
  }
}

TEST(AxonFlowActions, TheDeploymentModeAndItsClients) {
  EXPECT_EQ(BuiltIn({{"DEPLOYMENT_MODE", "community"}}).edge.axonflow.deployment_mode,
            edge::DeploymentMode::kCommunity);
  for (const char* mode : {"enterprise", "saas", "in-vpc"}) {
    const std::string issue = OnlyIssue(BuiltIn({{"DEPLOYMENT_MODE", mode}}));
    EXPECT_EQ(issue.rfind("DEPLOYMENT_MODE: error: gateway.axonflow.clients names nobody", 0), 0u) << issue;
  }
  const std::string client =
      "gateway: {axonflow: {clients: [{id: a, secret_sha256: " + std::string(64, 'a') + "}]}}\n";
  const std::string blocks = "policy: {pii-detector: {}}\n";
  EXPECT_EQ(Own(blocks + client, {{"DEPLOYMENT_MODE", "saas"}}).edge.axonflow.deployment_mode,
            edge::DeploymentMode::kEnterprise);
  const LoadedConfig own = Own(blocks + "gateway: {axonflow: {deployment_mode: enterprise}}\n", {});
  EXPECT_EQ(OnlyIssue(own).rfind("f.yaml:5:39: error: gateway.axonflow.clients names nobody", 0), 0u)
      << OnlyIssue(own);
  // The name is anybody's: beside a file of ours, an unknown mode is not meant for us.
  EXPECT_TRUE(Own(blocks, {{"DEPLOYMENT_MODE", "production"}}).ok());
}

}  // namespace
}  // namespace portcullis::app
