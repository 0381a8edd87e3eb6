// Answers that a policy has asked for again.
#include <gmock/gmock.h>

#include "tests/unit/services/edge/adapters/pipeline/pipeline_fixture.h"

namespace portcullis::edge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Answers of two targets, one after the other.
class AskedAgainTest : public PipelineTest {
 protected:
  AskedAgainTest() {
    live_.asks_again = true;
    policy_.again = policy::Again::kOtherTarget;
  }

  static std::string Answer(const std::string& text) {
    return R"({"choices":[{"message":{"content":")" + text +
           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2}})";
  }

  // The first call gets `first`, later ones `then`, or fail when that is "".
  void Answers(std::string first, std::string then) {
    router_.script = {[this, first, then](router::CallObserver& observer) {
      const bool begins = ++calls_ == 1;
      const std::string& body = begins ? first : then;
      const std::string target = begins ? "t1" : "t2";
      router::CallSummary summary;
      summary.target = target;
      summary.outcome = body.empty() ? router::Outcome::kUpstreamError : router::Outcome::kOk;
      summary.attempts = {{target, "m-large", summary.outcome, body.empty() ? 500 : 200, 5}};
      if (!body.empty()) {
        observer.OnHead(
            {200, "application/json", target, "mistral", "m-large", 1, router::Pricing{2, 6}, {}});
        observer.OnData(body);
      }
      observer.OnDone(summary);
    }};
  }

  int calls_ = 0;
};

TEST_F(AskedAgainTest, TheClientGetsTheBetterAnswerAndTheRecordCountsBoth) {
  Answers(Answer("a low secret"), Answer("fine"));
  Run("hello");
  EXPECT_EQ(sink_.body, Answer("fine"));
  EXPECT_THAT(router_.last_request.avoided_targets, ElementsAre("t1"));
  EXPECT_THAT(router_.last_request.body, HasSubstr("hello"));
  EXPECT_EQ(sink_.Header("x-portcullis-target"), "t2");
  EXPECT_EQ(sink_.Header("x-portcullis-attempts"), "2");
  EXPECT_EQ(sink_.Header("x-portcullis-cost-usd"), "0.000052");
  EXPECT_EQ(Last().verdict, "allow");
  EXPECT_EQ(Last().prompt_tokens, 14u);
  EXPECT_EQ(Last().completion_tokens, 4u);
  ASSERT_EQ(Last().attempts.size(), 2u);
  EXPECT_EQ(Last().attempts[0].outcome, "low_quality");
  EXPECT_EQ(Last().attempts[1].target, "t2");
  ASSERT_EQ(Last().findings.size(), 1u);  // the score; what was redacted went nowhere
  EXPECT_EQ(Last().findings[0].action, "fallback");
  EXPECT_EQ(metrics_.Total("portcullis_quality_retries_total"), 1);
  EXPECT_EQ(metrics_.Total("portcullis_tokens_total"), 18);
  EXPECT_NEAR(metrics_.Total("portcullis_cost_usd_total"), 0.000052, 1e-12);
}

TEST_F(AskedAgainTest, WithoutAnotherAnswerTheFirstIsJudgedForGood) {
  Answers(Answer("a low secret"), "");
  Run("hello");
  EXPECT_EQ(sink_.status, 200);
  EXPECT_EQ(sink_.body, Answer("a low [X]"));
  EXPECT_EQ(sink_.Header("x-portcullis-target"), "t1");
  EXPECT_EQ(sink_.Header("x-portcullis-attempts"), "2");
  EXPECT_EQ(sink_.Header("x-portcullis-cost-usd"), "0.000026");
  EXPECT_EQ(Last().verdict, "redact");
  EXPECT_EQ(Last().prompt_tokens, 7u);
  ASSERT_EQ(Last().attempts.size(), 2u);
  EXPECT_EQ(Last().attempts[0].outcome, "low_quality");
  EXPECT_EQ(Last().attempts[1].outcome, "upstream_error");
  EXPECT_EQ(Last().findings.size(), 2u);
}

TEST_F(AskedAgainTest, WithoutAnotherAnswerTheFirstMayBeRefused) {
  policy_.blocks_low = true;
  for (const std::string& other : {std::string(), std::string("{\"id\":"), std::string("[]")}) {
    io_.restart();
    calls_ = 0;
    Answers(Answer("low"), other);
    Run("hello");
    EXPECT_EQ(sink_.status, 400) << other;
    EXPECT_EQ(Last().outcome, "blocked") << other;
  }
}

TEST_F(AskedAgainTest, WhatWasSpentCountsAgainstTheLimitOfTheRequest) {
  Answers(Answer("low"), Answer("fine"));
  policy_.max_cost_nano_usd = 30'000;
  Run("hello");
  EXPECT_EQ(router_.last_request.max_cost_nano_usd, 4'000u);
}

TEST_F(AskedAgainTest, RequestsThatAreNotKeptAreNotAskedAgain) {
  live_.asks_again = false;
  Answers(Answer("low"), Answer("fine"));
  Run("hello");
  EXPECT_EQ(sink_.body, Answer("low"));
  EXPECT_EQ(calls_, 1);
}

}  // namespace
}  // namespace portcullis::edge
