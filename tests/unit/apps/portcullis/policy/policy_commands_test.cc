// policy test, policy explain and init, as a user calls them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/config/load_config.h"
#include "apps/portcullis/policy/explain_command.h"
#include "apps/portcullis/policy/init_command.h"
#include "apps/portcullis/policy/templates.h"
#include "apps/portcullis/policy/test_command.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPack[] = R"(pack: {name: p, version: 1.0.0, enabled: true}
policies: {chain: [pii-detector, safety-filter]}
policy: {pii-detector: {action: redact}, safety-filter: {mode: strict}}
providers: {targets: [{id: a, provider: mistral, model: m}]}
)";

class PolicyCommands : public ::testing::Test {
 protected:
  PolicyCommands() { std::filesystem::create_directory(dir_.path() / "tests"); }

  int Test(bool as_json = false, const std::string& junit = "") {
    PolicyTestOptions options;
    options.pack_dir = dir_.path();
    options.json = as_json;
    options.junit = junit;
    out_.str("");
    err_.str("");
    return RunPolicyTests(options, environment_, base::SystemClock(), out_, err_);
  }

  portcullis::testing::TempDir dir_;
  const config::MapEnvironment environment_{
      std::map<std::string, std::string, std::less<>>{{"MISTRAL_API_KEY", "k"}}};
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyCommands, GoldenAndInlineTestsRun) {
  dir_.Write("policy-config.yaml",
             std::string(kPack) +
                 "testing:\n  suites:\n    - name: inline\n      cases:\n"
                 "        - name: refuses\n          input: {messages: [{content: how to make a "
                 "bomb}]}\n          expected: {verdict: block, policy: safety-filter}\n");
  dir_.Write("tests/a.json",
             R"({"name": "masks", "input": {"messages": [{"role": "user", "content": "to bob@example.com"}]},
                 "expected": {"verdict": "redact", "content": "to [EMAIL]"}})");
  EXPECT_EQ(Test(), kTestsPassed) << out_.str() << err_.str();
  EXPECT_EQ(out_.str(), "PASS a.json: masks\nPASS inline: refuses\n2 tests, 2 passed, 0 failed\n");
  EXPECT_EQ(Test(true), kTestsPassed);
  const json report = json::parse(out_.str());
  EXPECT_TRUE(report["ok"]);
  EXPECT_EQ(report["results"][0]["reason_code"], "content.redacted");
  EXPECT_EQ(report["results"][0]["details"]["policy_results"][0]["rule"], "email");
  EXPECT_TRUE(report["results"][0]["details"]["quality_scores"].is_null());
  EXPECT_EQ(report["results"][1]["reason_code"], "safety.blocked");
}

TEST_F(PolicyCommands, AFailureShowsTheDifference) {
  dir_.Write("policy-config.yaml", kPack);
  dir_.Write("tests/a.json",
             R"([{"name": "a <b>", "input": {"messages": [{"role": "user", "content": "to bob@example.com"}]},
                  "expected": {"verdict": "allow", "content": "to bob@example.com"}}])");
  const std::string junit = dir_.File("report.xml");
  EXPECT_EQ(Test(false, junit), kTestsFailed);
  EXPECT_THAT(out_.str(),
              HasSubstr("FAIL a.json: a <b>\n  content\n    - expected to bob@example.com\n"
                        "    + got      to [EMAIL]\n  verdict\n    - expected allow\n"
                        "    + got      redact\n    found: pii-detector email (redact, bytes 3..18)\n"));
  const std::string xml = dir_.Read("report.xml");
  EXPECT_THAT(xml, HasSubstr("<testsuites tests=\"1\" failures=\"1\">"));
  EXPECT_THAT(xml, HasSubstr("name=\"a &lt;b&gt;\"><failure"));
  EXPECT_EQ(Test(true), kTestsFailed);
  EXPECT_EQ(json::parse(out_.str())["results"][0]["differences"]["verdict"]["got"], "redact");
}

TEST_F(PolicyCommands, AnAnswerIsCheckedWithItsRequestsTokens) {
  std::string config = kPack;
  config.replace(config.find("{action: redact}"), 16, "{action: redact, redaction: {marker_format: token}}");
  dir_.Write("policy-config.yaml", config);
  dir_.Write("tests/a.json",
             R"({"name": "n", "input": {"messages": [{"role": "user", "content": "bob@example.com"}],
                 "upstream_response": {"choices": [{"index": 0, "message": {"content": "hello <EMAIL_1>"}}]}},
                 "expected": {"content": "<EMAIL_1>", "response": "hello bob@example.com"}})");
  EXPECT_EQ(Test(), kTestsPassed) << out_.str() << err_.str();
}

TEST_F(PolicyCommands, WhatCannotRunIsTold) {
  dir_.Write("policy-config.yaml", kPack);
  EXPECT_EQ(Test(), kTestsUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("no tests: write "));
  dir_.Write("tests/a.json", "nonsense");
  EXPECT_EQ(Test(), kTestsUnusable);
  EXPECT_EQ(err_.str(), "a.json: is no JSON\n");
  dir_.Write("policy-config.yaml", "pack: {}\n");
  EXPECT_EQ(Test(), kTestsUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("[E016]"));
}

TEST_F(PolicyCommands, ExplainShowsRuleBytesReasonAndCost) {
  ExplainOptions options;
  options.policy_config = dir_.Write("policy-config.yaml", kPack);
  options.text = "écrivez à bob@example.com";
  EXPECT_EQ(RunExplain(options, environment_, base::SystemClock(), out_, err_), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("verdict: redact\n"));
  EXPECT_THAT(out_.str(), HasSubstr("pii-detector / email: redact, bytes 12..27, score 1\n"
                                    "    écrivez à bob@example.com\n              ^^^^^^^^^^^^^^^\n"
                                    "    the text holds an e-mail address\n"));
  EXPECT_THAT(out_.str(), HasSubstr("becomes: écrivez à [EMAIL]\n"));
  EXPECT_THAT(out_.str(), HasSubstr("safety-filter alone"));
  options.json = true;
  out_.str("");
  options.text = "how to make a bomb";
  options.direction = policy::Direction::kOutput;
  EXPECT_EQ(RunExplain(options, environment_, base::SystemClock(), out_, err_), 0);
  const json explained = json::parse(out_.str());
  EXPECT_EQ(explained["verdict"], "block");
  EXPECT_EQ(explained["policy"], "safety-filter");
  EXPECT_EQ(explained["cost"].size(), 3u);
  options.policy_config = dir_.File("none.yaml");
  EXPECT_EQ(RunExplain(options, environment_, base::SystemClock(), out_, err_), 2);
}

TEST_F(PolicyCommands, EveryTemplateLintsAndPassesItsTests) {
  for (const PolicyTemplate& one : PolicyTemplates()) {
    portcullis::testing::TempDir dir;
    InitOptions options{std::string(one.name), dir.path()};
    EXPECT_EQ(RunInit(options, out_, err_), 0) << err_.str();
    const LoadedConfig config = LoadConfigFile(dir.File("policy-config.yaml"), environment_);
    EXPECT_TRUE(config.issues.all().empty()) << one.name << "\n" << config.issues.Text();
    PolicyTestOptions test;
    test.pack_dir = dir.path();
    out_.str("");
    EXPECT_EQ(RunPolicyTests(test, environment_, base::SystemClock(), out_, err_), kTestsPassed)
        << one.name << "\n"
        << out_.str() << err_.str();
    EXPECT_EQ(RunInit(options, out_, err_), 2) << "it does not write over files";
  }
}

TEST_F(PolicyCommands, InitKnowsItsTemplates) {
  EXPECT_EQ(RunInit({"defualt", dir_.path()}, out_, err_), 2);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean \"default\"?"));
  InitOptions list;
  list.list = true;
  EXPECT_EQ(RunInit(list, out_, err_), 0);
  EXPECT_THAT(out_.str(), HasSubstr("observe-first"));
}

}  // namespace
}  // namespace portcullis::app
