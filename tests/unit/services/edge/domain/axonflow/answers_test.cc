#include "services/edge/domain/axonflow/answers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::edge {
namespace {

using nlohmann::json;

const Checks kChecks = {"pii-detector"};

audit::Record SomeRecord() {
  audit::Record record;
  record.request_id = "req_1";
  record.time_us = 1'780'000'000'123'456;
  record.provider = "mistral";
  record.upstream_model = "m";
  record.prompt_tokens = 3;
  record.completion_tokens = 4;
  record.policy_us = 1234;
  record.findings.resize(3);
  record.findings[0] = {"pii-detector", "email", "redact", "input", "", "", 0, 0, 0};
  record.findings[1] = record.findings[0];
  record.findings[2] = {"pii-detector", "phone", "redact", "output", "", "", 0, 0, 0};
  return record;
}

std::string Chat(std::string_view message) {
  return std::string(R"({"choices":[{"message":)") + std::string(message) + "}]}";
}

json DataOf(std::string_view message) {
  return json::parse(ProxyAnswer(kChecks, SomeRecord(), Chat(message)))["data"]["data"];
}

TEST(ProxyAnswer, HoldsTheTextAndWhatTheOthersHide) {
  const json answer = json::parse(ProxyAnswer(kChecks, SomeRecord(), Chat(R"({"content":"a \"b\""})")));
  EXPECT_EQ(answer["success"], true);
  EXPECT_EQ(answer["data"]["data"], "a \"b\"");
  EXPECT_EQ(answer["data"].contains("success"), false);  // would turn the SDKs' result into a failure
  EXPECT_EQ(answer["metadata"]["provider"], "mistral");
  EXPECT_EQ(answer["metadata"]["tokens_used"], 7);
  EXPECT_EQ(answer["metadata"].contains("cost_usd"), false);  // not known
  EXPECT_EQ(answer["metadata"]["redacted_fields"], (json{"query.email", "response.phone"}));
  EXPECT_EQ(answer["policy_info"]["policies_evaluated"], json{"pii-detector"});
  EXPECT_EQ(answer["policy_info"]["processing_time"], "1.23ms");
  EXPECT_EQ(answer["policy_info"]["tenant_id"], "community");
  EXPECT_EQ(answer["metadata"]["processed_at"], "2026-05-28T20:26:40.123456Z");
}

TEST(ProxyAnswer, CostStandsThereWhenItIsKnown) {
  audit::Record record = SomeRecord();
  record.cost_usd = 0.000000123;
  EXPECT_EQ(json::parse(ProxyAnswer(kChecks, record, "{}"))["metadata"]["cost_usd"], 0.000000123);
}

TEST(ProxyAnswer, TextThatIsJsonStandsAsJson) {
  EXPECT_EQ(DataOf(R"({"content":" {\"a\": [1]} "})"), (json{{"a", {1}}}));
  EXPECT_EQ(DataOf(R"({"content":"{almost"})"), "{almost");
  EXPECT_EQ(DataOf(R"({"content":"12"})"), "12");
}

TEST(ProxyAnswer, ToolCallsAloneAreTheData) {
  EXPECT_EQ(DataOf(R"({"content":"","tool_calls":[{"id":"1"}]})"), (json{{"tool_calls", {{{"id", "1"}}}}}));
}

TEST(ProxyAnswer, AnAnswerWithoutTextIsEmpty) {
  EXPECT_EQ(DataOf(R"({"content":null})"), "");
  EXPECT_EQ(DataOf("3"), "");
  EXPECT_EQ(json::parse(ProxyAnswer(kChecks, SomeRecord(), "{}"))["data"]["data"], "");
}

TEST(OtherAnswers, AreJsonWithTheirReasons) {
  const json blocked = json::parse(BlockedAnswer(kChecks, SomeRecord(), "because"));
  EXPECT_EQ(blocked["blocked"], true);
  EXPECT_EQ(blocked["block_reason"], "because");
  const json failed = json::parse(UpstreamFailedAnswer(kChecks, SomeRecord(), "500"));
  EXPECT_EQ(failed["success"], false);
  EXPECT_EQ(failed["error"], "LLM routing failed: 500");
  EXPECT_EQ(json::parse(SkippedAnswer(kChecks, SomeRecord()))["metadata"]["provider"], "mock");
  EXPECT_EQ(json::parse(FailureBody("\xFF!"))["error"], "\xEF\xBF\xBD!");
  EXPECT_EQ(json::parse(NumberedErrorBody(404, "x"))["error"]["code"], 404);
  EXPECT_EQ(json::parse(HealthAnswer({"1.2.3", "community"}, false, 0))["status"], "starting");
}

TEST(PreCheckAnswer, SaysWhetherWhyAndUntilWhen) {
  PreCheckResult result;
  result.context_id = "id";
  result.expires_at_us = 1'780'000'000'000'000;
  result.approved = true;
  result.with_data = true;
  const json approved = json::parse(PreCheckAnswer(result, SomeRecord()));
  EXPECT_EQ(approved["approved_data"], json::object());
  EXPECT_EQ(approved["requires_redaction"], true);
  EXPECT_EQ(approved["expires_at"], "2026-05-28T20:26:40.000000Z");
  EXPECT_FALSE(approved.contains("block_reason"));
  result.approved = false;
  result.block_reason = "because";
  const json refused = json::parse(PreCheckAnswer(result, SomeRecord()));
  EXPECT_EQ(refused["block_reason"], "because");
  EXPECT_FALSE(refused.contains("approved_data"));
}

}  // namespace
}  // namespace portcullis::edge
