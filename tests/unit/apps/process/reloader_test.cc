#include "apps/process/reloader.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reloader_fixture.h"

namespace portcullis::app {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = ReloadResult::Outcome;

TEST_F(ReloaderTest, GoesOverToNewPolicies) {
  const std::string before = json::parse(reloader_.Effective())["x-portcullis"]["version"];
  const ReloadResult result =
      Reload(Yaml("policies: {chain: [secrets]}\npolicy: {secrets: {action: redact}}\n"));
  EXPECT_EQ(result.outcome, Outcome::kApplied);
  EXPECT_NE(result.version, before);
  EXPECT_THAT(result.restart_needed, IsEmpty());
  ASSERT_EQ(applied_.size(), 1u);
  EXPECT_EQ(applied_[0].chain.secrets.action, policy::OnDetect::kRedact);
  EXPECT_EQ(applied_[0].version, result.version);
  const json effective = json::parse(reloader_.Effective());
  EXPECT_EQ(effective["policy"]["secrets"]["action"], "redact");
  EXPECT_EQ(effective["x-portcullis"]["version"], result.version);
  EXPECT_EQ(Count("applied"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_config_info", {{"version", before}, {"pack", "p"}}), 0);
  EXPECT_EQ(metrics_.Value("portcullis_config_info", {{"version", result.version}, {"pack", "p"}}), 1);
}

TEST_F(ReloaderTest, TheVersionIsThatOfAStartWithTheSameFile) {
  const std::string text =
      Yaml("policies: {chain: [secrets, pii-detector]}\n", "gateway: {block_status: 403}\n");
  EXPECT_EQ(Reload(text).version, Parse(text).version);
}

TEST_F(ReloaderTest, ABadFileChangesNothingAndIsTold) {
  const std::string before = reloader_.Effective();
  const ReloadResult result = Reload(Yaml("policies: {chain: [secretz]}\n"));
  EXPECT_EQ(result.outcome, Outcome::kRejected);
  EXPECT_THAT(result.problems, ElementsAre(HasSubstr("f.yaml:2:20: unknown policy kind \"secretz\"")));
  EXPECT_EQ(result.version, json::parse(before)["x-portcullis"]["version"]);
  EXPECT_EQ(reloader_.Effective(), before);
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_EQ(Count("rejected"), 1);
}

TEST_F(ReloaderTest, AChainThatDoesNotCompileChangesNothing) {
  const std::string before = reloader_.Effective();
  apply_status_ = absl::InvalidArgumentError("secrets: no");
  const ReloadResult result = Reload(Yaml("policies: {chain: [pii-detector]}\n"));
  EXPECT_EQ(result.outcome, Outcome::kRejected);
  EXPECT_THAT(result.problems, ElementsAre(HasSubstr("secrets: no")));
  EXPECT_EQ(reloader_.Effective(), before);
}

TEST_F(ReloaderTest, APackThatIsNotEnabledIsRefused) {
  std::string text = first_;
  text.replace(text.find("enabled: true"), 13, "enabled: false");
  EXPECT_EQ(Reload(text).outcome, Outcome::kRejected);
}

TEST_F(ReloaderTest, TheSameSettingsAreNoChange) {
  EXPECT_EQ(Reload("# a comment\n" + first_).outcome, Outcome::kUnchanged);
  EXPECT_THAT(applied_, IsEmpty());
  EXPECT_EQ(Count("unchanged"), 1);
}

TEST_F(ReloaderTest, WhatNeedsARestartIsNamedAndKeepsItsValue) {
  const std::string listener =
      "gateway: {listen: '127.0.0.1:1', block_status: 422}\naudit: {durability: disk}\n";
  const ReloadResult result = Reload(Yaml("policies: {chain: [secrets]}\n", listener));
  EXPECT_EQ(result.outcome, Outcome::kApplied);
  EXPECT_THAT(result.restart_needed, ElementsAre("audit.durability", "gateway.listen"));
  const json effective = json::parse(reloader_.Effective());
  EXPECT_EQ(effective["gateway"]["listen"], json::array({"0.0.0.0:41002"}));
  EXPECT_EQ(effective["gateway"]["block_status"], 422);
  EXPECT_EQ(effective["x-portcullis"]["restart_needed"], json::array({"audit.durability", "gateway.listen"}));
  EXPECT_THAT(Reload(first_).restart_needed, IsEmpty()) << "the file is as it was again";
}

TEST_F(ReloaderTest, AnAuditSettingAloneAppliesNothing) {
  const ReloadResult result =
      Reload(Yaml("policies: {chain: [secrets]}\npolicy: {secrets: {action: block}, audit-logger: "
                  "{retention_days: 9}}\n"));
  EXPECT_EQ(result.outcome, Outcome::kUnchanged);
  EXPECT_THAT(result.restart_needed, ElementsAre("policy.audit-logger.retention_days"));
}

}  // namespace
}  // namespace portcullis::app
