#include "apps/portcullis/policy/policy_test_case.h"

#include <gtest/gtest.h>

#include "libs/testing/temp_dir.h"

namespace portcullis::app {
namespace {

absl::StatusOr<std::vector<PolicyTestCase>> Read(const std::string& text) {
  portcullis::testing::TempDir dir;
  return ReadGoldenFile(dir.Write("a.json", text));
}

TEST(GoldenFile, ReadsOneTestOrAList) {
  const std::string one =
      R"({"name": "n", "input": {"messages": [{"role": "user", "content": "x"}], "headers": {"X-Team": "legal"},
          "request": {"model": "m", "temperature": 0}, "upstream_response": "hi", "tenant": "acme",
          "proxy_name": "p", "team_slugs": []}, "expected": {"verdict": "allow"}})";
  auto cases = Read(one);
  ASSERT_TRUE(cases.ok()) << cases.status();
  ASSERT_EQ(cases->size(), 1u);
  const PolicyTestCase& test = cases->front();
  EXPECT_EQ(test.suite, "a.json");
  EXPECT_EQ(test.headers.at("x-team"), "legal");
  EXPECT_EQ(test.tenant, "acme");
  EXPECT_NE(test.body.find(R"("model":"m")"), std::string::npos);
  EXPECT_NE(test.response.find(R"("content":"hi")"), std::string::npos);
  EXPECT_EQ(test.expected.at("verdict"), "allow");
  EXPECT_EQ(Read("[" + one + "," + one + "]")->size(), 2u);
}

TEST(GoldenFile, SaysWhatIsWrong) {
  const auto problem = [](const std::string& text) { return std::string(Read(text).status().message()); };
  EXPECT_EQ(problem("{"), "a.json: is no JSON");
  EXPECT_EQ(problem("[1]"), "a.json: a test must be an object");
  EXPECT_EQ(problem("{}"), "a.json: a test lacks its name");
  EXPECT_EQ(problem(R"({"name": "n", "inptu": {}})"), "a.json: \"n\": inptu is not known");
  EXPECT_EQ(problem(R"({"name": "n", "input": {}})"), "a.json: \"n\": input has no messages");
  EXPECT_EQ(problem(R"({"name": "n", "input": {"messages": []}, "expected": {}})"),
            "a.json: \"n\": expected must say something");
  EXPECT_EQ(problem(R"({"name": "n", "input": {"messages": []}, "expected": {"verdikt": "x"}})"),
            "a.json: \"n\": expected.verdikt is not known");
  EXPECT_EQ(problem(R"({"name": 5})").find("a.json: "), 0u);
}

}  // namespace
}  // namespace portcullis::app
