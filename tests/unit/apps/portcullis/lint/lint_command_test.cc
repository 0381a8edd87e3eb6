#include "apps/portcullis/lint/lint_command.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::app {
namespace {

using Json = nlohmann::json;

struct Outcome {
  int exit_code = -1;
  std::string text;
};

Outcome Lint(std::vector<std::string> args, std::map<std::string, std::string, std::less<>> variables = {
                                                {"MISTRAL_API_KEY", "k"}, {"OPENAI_API_KEY", "k"}}) {
  std::ostringstream out;
  const int code =
      RunLint(args, config::MapEnvironment(std::move(variables)), portcullis::testing::FakeClock(), out);
  return {code, out.str()};
}

std::string Data(const std::string& name) { return std::string(PORTCULLIS_TEST_DATA) + "/" + name; }

TEST(Lint, SaysWhatIsValid) {
  const std::string file = Data("page/01_minimal.yaml");
  const Outcome outcome = Lint({"--file", file});
  EXPECT_EQ(outcome.exit_code, kLintOk);
  EXPECT_EQ(outcome.text,
            "OK " + file +
                " is valid\npack: mistral-gateway 1.0.0\n"
                "chain: prompt-injection -> pii-detector -> safety-filter -> audit-logger\npolicies: 4\n");
}

TEST(Lint, SaysWhatIsValidInJson) {
  const std::string file = Data("page/04_multi_model_fallback.yaml");
  const Outcome outcome = Lint({"--json", "--file=" + file});
  EXPECT_EQ(outcome.exit_code, kLintOk);
  const Json json = Json::parse(outcome.text);
  EXPECT_EQ(json["valid"], true);
  EXPECT_EQ(json["file"], file);
  EXPECT_EQ(json["pack"], Json::parse(R"({"name": "mistral-providers-4", "version": "1.0.0"})"));
  EXPECT_EQ(json["chain"], Json::parse(R"(["audit-logger"])"));
  EXPECT_EQ(json["policy_count"], 1);
  ASSERT_EQ(json["warnings"].size(), 1u);
  EXPECT_EQ(json["warnings"][0]["severity"], "note");
  EXPECT_FALSE(json.contains("errors"));
}

TEST(Lint, ARuleThatDoesNotCompileIsNamedWithItsPlace) {
  portcullis::testing::TempDir dir;
  const std::string file =
      dir.Write("f.yaml",
                "pack: {name: p, version: 1.0.0, enabled: true}\n"
                "policies: {chain: [safety-filter]}\n"
                "policy:\n  safety-filter:\n    block_if:\n      - a phrase\n      - \"...\"\n"
                "providers: {targets: [{id: a, provider: mistral, model: m}]}\n");
  const Outcome outcome = Lint({"--file", file});
  EXPECT_EQ(outcome.exit_code, kLintFailed);
  EXPECT_NE(outcome.text.find("f.yaml:7:9: error: safety-filter: block_if[1]: "), std::string::npos)
      << outcome.text;
}

TEST(Lint, SaysWhatIsWrong) {
  const Outcome outcome = Lint({"--file", Data("config/many_errors.yaml")});
  EXPECT_EQ(outcome.exit_code, kLintFailed);
  EXPECT_NE(outcome.text.find(":13:5: error: unknown key \"acton\" in policy.pii-detector [E002]\n"
                              "   13 |     acton: redact\n"
                              "      |     ^~~~~\n"
                              "      = did you mean \"action\"?"),
            std::string::npos)
      << outcome.text;
}

TEST(Lint, SaysWhatIsWrongInJson) {
  const std::string file = Data("config/duplicate_key.yaml");
  const Outcome outcome = Lint({"--file", file, "--json"});
  EXPECT_EQ(outcome.exit_code, kLintFailed);
  const Json json = Json::parse(outcome.text);
  EXPECT_EQ(json["valid"], false);
  EXPECT_EQ(json["file"], file);
  ASSERT_EQ(json["errors"].size(), 1u);
  const Json& error = json["errors"][0];
  EXPECT_EQ(error["code"], "E011");
  EXPECT_EQ(error["message"], "the key \"name\" occurs twice");
  EXPECT_EQ(error["line"], 5);
  EXPECT_EQ(error["column"], 3);
  EXPECT_TRUE(error.contains("path") && error.contains("suggestion"));
}

TEST(Lint, StrictFailsOnWarnings) {
  const std::string file = Data("page/01_minimal.yaml");
  EXPECT_EQ(Lint({"--file", file, "--strict"}).exit_code, kLintOk);
  const Outcome without_key = Lint({"--file", file, "--strict"}, {});
  EXPECT_EQ(without_key.exit_code, kLintFailed);
  EXPECT_NE(without_key.text.find("MISTRAL_API_KEY is not set"), std::string::npos);
  EXPECT_EQ(Lint({"--file", file}, {}).exit_code, kLintOk);
}

TEST(Lint, RefusesWrongArgumentsAndFiles) {
  EXPECT_EQ(Lint({"--nonsense"}).exit_code, kLintFailed);
  EXPECT_NE(Lint({"--nonsense"}).text.find("usage:"), std::string::npos);
  EXPECT_EQ(Lint({"--file"}).exit_code, kLintFailed);
  const Outcome missing = Lint({"--file", "/nonexistent/policy-config.yaml", "--json"});
  EXPECT_EQ(missing.exit_code, kLintFailed);
  EXPECT_EQ(Json::parse(missing.text)["errors"][0]["code"], "E020");
}

}  // namespace
}  // namespace portcullis::app
