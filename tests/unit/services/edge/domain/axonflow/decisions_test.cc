#include "services/edge/domain/axonflow/decisions.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "libs/base/strings.h"
#include "services/edge/domain/axonflow/chat_body.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {
namespace {

using nlohmann::json;

constexpr char kOne[] = R"("subject":{"type":"user","id":"u"},"action":{"name":"ask"},)"
                        R"("resource":{"type":"model","id":"m"},"context":{"args":{"query":"hello"}})";

audit::PolicyFinding Finding(const char* policy, const char* action) {
  audit::PolicyFinding finding;
  finding.policy = policy;
  finding.action = action;
  return finding;
}

PolicyVerdict Redacted() {
  PolicyVerdict verdict;
  verdict.body = ChatBody("to [EMAIL]");
  verdict.record.request_id = "req_1";
  verdict.record.verdict = "redact";
  verdict.record.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  verdict.record.findings = {Finding("pii-detector", "redact"), Finding("secrets", "allow"),
                             Finding("pii-detector", "redact")};
  return verdict;
}

PolicyVerdict Refused(DecisionKind kind, const char* verdict) {
  PolicyVerdict refused;
  refused.kind = kind;
  refused.message = "no";
  refused.record.verdict = verdict;
  return refused;
}

// The pointer of the refusal, or its code where it has none; "" = the body is evaluated.
std::string Refusal(const std::string& body) {
  std::vector<std::string> queries;
  const auto refusal = ReadAuthZenBody(body, {}, &queries);
  if (!refusal) return "";
  return refusal->pointer.empty() ? refusal->code : refusal->pointer;
}

TEST(RecordFacts, PoliciesStandOnceInTheirOrder) {
  const audit::Record record = Redacted().record;
  EXPECT_EQ(TriggeredPolicies(record), (std::vector<std::string>{"pii-detector", "secrets"}));
  EXPECT_EQ(RedactingPolicies(record), std::vector<std::string>{"pii-detector"});
  EXPECT_FALSE(IsRefused(record));
  EXPECT_TRUE(IsRefused(Refused(DecisionKind::kDeny, "block").record));
  EXPECT_TRUE(IsRefused(Refused(DecisionKind::kNeedsApproval, "escalate").record));
  EXPECT_EQ(TraceIdOf(record.traceparent), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(TraceIdOf("00-0af7"), "");
}

TEST(Decisions, ARedactionIsAnAllowanceWithAnObligation) {
  const std::vector<std::string> checks = {"pii-detector", "secrets"};
  const json decided = json::parse(DecideAnswer({checks, "llm", 0}, Redacted()));
  EXPECT_EQ(decided["verdict"], "allow");
  EXPECT_EQ(decided["matched_policies"], (json{"pii-detector", "secrets"}));
  EXPECT_EQ(decided["evaluated_policies"], json(checks));
  EXPECT_EQ(decided["trace_id"], "0af7651916cd43dd8448eb211c80319c");
  ASSERT_EQ(decided["obligations"].size(), 1u);
  EXPECT_EQ(decided["obligations"][0]["detail"], "pii-detector");
  const json checked = json::parse(CheckInputAnswer({checks, "", 0}, Redacted()));
  EXPECT_EQ(checked["redacted_statement"], "to [EMAIL]");
  EXPECT_EQ(checked["policies_evaluated"], 2);
}

TEST(Decisions, AnOutputIsToldWhereItWasRedacted) {
  const std::vector<std::string> checks = {"pii-detector"};
  const auto told = [&](CheckOutputBody given, CheckOutputBody redacted) {
    PolicyVerdict verdict = Redacted();
    verdict.body = AnswerBody(redacted);
    return json::parse(CheckOutputAnswer({checks, "", 0}, verdict, given));
  };
  const json both =
      told({"to a@b.cc", R"([{"to":"a@b.cc","n":1}])"}, {"to [EMAIL]", R"([{"to":"[EMAIL]","n":1}])"});
  EXPECT_EQ(both["allowed"], true);
  EXPECT_EQ(both["redacted_message"], "to [EMAIL]");
  EXPECT_EQ(both["redacted_data"], json::parse(R"([{"to":"[EMAIL]","n":1}])"));
  const json message = told({"to a@b.cc", "[]"}, {"to [EMAIL]", "[]"});
  EXPECT_FALSE(message.contains("redacted_data"));
  PolicyVerdict denied = Refused(DecisionKind::kDeny, "block");
  const json refused = json::parse(CheckOutputAnswer({checks, "", 0}, denied, {"x", ""}));
  EXPECT_EQ(refused["allowed"], false);
  EXPECT_EQ(refused["block_reason"], "no");
}

TEST(Decisions, TheLeastPermissiveOfSeveralCounts) {
  const PolicyVerdict held = Refused(DecisionKind::kNeedsApproval, "escalate");
  const PolicyVerdict denied = Refused(DecisionKind::kDeny, "block");
  EXPECT_EQ(json::parse(AuthZenAnswer({Redacted()}, false)), json::parse(R"({"decision":true})"));
  const json allowed = json::parse(AuthZenAnswer({Redacted()}, true));
  EXPECT_EQ(allowed["context"]["state"], "ALLOW");
  EXPECT_EQ(allowed["context"]["obligations"].size(), 1u);
  const json challenge = json::parse(AuthZenAnswer({Redacted(), held}, true));
  EXPECT_EQ(challenge["context"]["state"], "CHALLENGE");
  EXPECT_EQ(challenge["decision"], false);
  EXPECT_FALSE(challenge["context"].contains("obligations"));
  EXPECT_EQ(json::parse(AuthZenAnswer({denied, held}, true))["context"]["state"], "DENY");
}

TEST(Decisions, WhatCannotBeWeighedIsRefusedWithItsPlace) {
  const std::string one = kOne;
  EXPECT_EQ(Refusal("{" + one + "}"), "");
  EXPECT_EQ(Refusal(R"({"evaluation":{)" + one + "}}"), "");
  EXPECT_EQ(Refusal("[]"), "malformed_envelope");
  EXPECT_EQ(Refusal(R"({"evaluation":{},"evaluations":{}})"), "malformed_envelope");
  EXPECT_EQ(Refusal(R"({"evaluation":{}})"), "/evaluation/subject");
  EXPECT_EQ(Refusal(R"({"subject":{"type":"user","id":""}})"), "/subject/id");
  EXPECT_EQ(Refusal(R"({"subject":{"type":"user","id":"u","role":"admin"}})"), "/subject/role");
  std::string attribute = one;
  attribute.replace(attribute.find(R"("args":{)"), 8, R"("ip":"1","args":{)");
  EXPECT_EQ(Refusal("{" + attribute + "}"), "/context/ip");
}

TEST(Decisions, ManyEvaluationsShareAndAreBounded) {
  const auto bulk = [](size_t count) {
    std::string list;
    for (size_t i = 0; i < count; ++i) {
      list +=
          base::StrCat(i == 0 ? "" : ",", R"({"context":{"args":{"query":"text )", i == 1 ? 0 : i, "\"}}}");
    }
    return base::StrCat(R"({"evaluations":{"evaluations":[)", list, "],", kOne, "}}");
  };
  std::vector<std::string> queries;
  EXPECT_FALSE(ReadAuthZenBody(bulk(3), {}, &queries));
  EXPECT_EQ(queries, (std::vector<std::string>{"text 0", "text 2"}));
  EXPECT_EQ(Refusal(bulk(20)), "");
  EXPECT_EQ(Refusal(bulk(21)), "/evaluations/evaluations");
  EXPECT_EQ(Refusal(bulk(0)), "/evaluations/evaluations");
}

}  // namespace
}  // namespace portcullis::edge
