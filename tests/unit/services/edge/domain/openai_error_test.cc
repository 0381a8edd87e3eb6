#include "services/edge/domain/openai_error.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::edge {
namespace {

TEST(ApiErrorTest, HasOpenAisShape) {
  ApiError error = InvalidRequest("c", "a \"quoted\" \xff message", "messages");
  const auto body = nlohmann::json::parse(error.Json());
  EXPECT_EQ(body["error"]["type"], "invalid_request_error");
  EXPECT_EQ(body["error"]["code"], "c");
  EXPECT_EQ(body["error"]["param"], "messages");
  EXPECT_EQ(body["error"]["message"], "a \"quoted\" \uFFFD message");
  EXPECT_FALSE(body["error"].contains("policy"));
}

TEST(ApiErrorTest, ABlockIsNotToBeSentAgain) {
  policy::Decision decision;
  decision.policy = "prompt-injection";
  decision.message = "m";
  const ApiError error = PolicyViolation(decision, false, 400);
  EXPECT_TRUE(error.no_retry);
  EXPECT_EQ(
      nlohmann::json::parse(error.Json())["error"],
      nlohmann::json::parse(R"({"type":"policy_violation","code":"input_blocked","policy":"prompt-injection",
                                      "message":"m","param":null})"));
  EXPECT_EQ(PolicyViolation(decision, true, 409).code, "output_blocked");
  EXPECT_EQ(PolicyViolation(decision, true, 409).status, 409);
  decision.action = policy::Action::kEscalate;
  EXPECT_EQ(PolicyViolation(decision, true, 409).code, "escalation_required");
}

TEST(ApiErrorTest, EveryUpstreamOutcomeHasItsStatus) {
  using router::Outcome;
  const std::pair<Outcome, int> rows[] = {
      {Outcome::kNoTarget, 404},        {Outcome::kUnavailable, 503},
      {Outcome::kContextTooLong, 400},  {Outcome::kBadRequest, 400},
      {Outcome::kUpstreamAuth, 502},    {Outcome::kRateLimited, 429},
      {Outcome::kTimeout, 504},         {Outcome::kConnectFailed, 502},
      {Outcome::kUpstreamError, 502},   {Outcome::kCut, 502},
      {Outcome::kCancelled, 499},       {Outcome::kOverloaded, 503},
      {Outcome::kContentFiltered, 400}, {Outcome::kCostTooHigh, 402},
  };
  for (const auto& [outcome, status] : rows) {
    router::CallSummary summary;
    summary.outcome = outcome;
    summary.message = "m";
    const ApiError error = UpstreamFailure(summary);
    EXPECT_EQ(error.status, status) << router::OutcomeName(outcome);
    EXPECT_FALSE(error.code.empty());
    EXPECT_EQ(error.retry_after_seconds > 0, status == 503);
  }
}

TEST(ApiErrorTest, RetryAdviceOfTheProviderIsPassedOn) {
  router::CallSummary summary;
  summary.outcome = router::Outcome::kRateLimited;
  summary.retry_after_seconds = 17;
  EXPECT_EQ(UpstreamFailure(summary).retry_after_seconds, 17);
}

}  // namespace
}  // namespace portcullis::edge
