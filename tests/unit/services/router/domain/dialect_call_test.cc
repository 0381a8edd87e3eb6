// Calls to targets whose dialect is another: what goes up, what comes back, and what happens when it is no
// answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/router/domain/completion_call.h"
#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using test::RecordingObserver;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DialectCallTest : public test::RouterFixture {
 protected:
  TargetOptions& AddMistral(std::string id) {
    TargetOptions& target = AddTarget(std::move(id));
    target.dialect.dialect = Dialect::kMistral;
    return target;
  }
  std::unique_ptr<Call> Start(std::string body, bool stream = false) {
    CompletionRequest request = Request();
    request.body = std::move(body);
    request.stream = stream;
    return router().Start(std::move(request), observer_);
  }
  void Answer(std::string_view bytes) {
    upstream_.last().Head();
    if (!bytes.empty()) upstream_.last().Data(bytes);
    UpstreamResult result;
    result.http_status = 200;
    upstream_.last().Done(std::move(result));
  }

  RecordingObserver observer_;
};

TEST_F(DialectCallTest, EachTargetGetsTheRequestInItsOwnLanguage) {
  AddMistral("m");
  AddTarget("o");
  auto call = Start(R"({"seed":1,"user":"u"})");
  EXPECT_EQ(upstream_.last().body(), R"({"model":"m-model","random_seed":1})");
  upstream_.last().AnswerStatus(401);
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"o-model","seed":1,"user":"u"})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(observer_.summary->outcome, Outcome::kOk);
}

TEST_F(DialectCallTest, ARepeatedAttemptSendsTheSame) {
  AddMistral("m");
  auto call = Start(R"({"seed":1})");
  upstream_.last().AnswerStatus(503);
  timers_.Advance(std::chrono::seconds(1));
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"m-model","random_seed":1})");
}

TEST_F(DialectCallTest, WhatOneTargetCannotHonourGoesToTheNext) {
  AddMistral("m");
  AddTarget("o");
  auto call = Start(R"({"verbosity":"low"})");
  ASSERT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kClosed);
}

TEST_F(DialectCallTest, WhatNoTargetCanHonourIsTheCallersFault) {
  AddMistral("m");
  auto call = Start(R"({"verbosity":"low"})");
  EXPECT_EQ(upstream_.count(), 0u);
  timers_.Advance(std::chrono::seconds(0));
  ASSERT_TRUE(observer_.summary);
  EXPECT_EQ(observer_.summary->outcome, Outcome::kBadRequest);
  EXPECT_EQ(observer_.summary->param, "verbosity");
  EXPECT_THAT(observer_.summary->message, HasSubstr("target m: `verbosity` cannot be honoured by Mistral"));
}

TEST_F(DialectCallTest, WhatWasDroppedIsInTheHead) {
  AddMistral("m").dialect.on_unsupported = OnUnsupported::kDrop;
  auto call = Start(R"({"verbosity":"low","store":true})");
  Answer("{}");
  ASSERT_TRUE(observer_.head);
  EXPECT_THAT(observer_.head->dropped, ElementsAre("verbosity", "store"));
}

TEST_F(DialectCallTest, WhatMayCostTooMuchGoesToACheaperTargetOrNowhere) {
  AddTarget("dear").pricing = Pricing{10, 100};
  AddTarget("unknown");
  AddTarget("cheap").pricing = Pricing{1, 1};
  for (TargetOptions& target : options_.targets) target.max_cost_nano_usd = 1'000'000;  // 0.001 USD
  auto call = Start(R"({"max_tokens":500})");
  EXPECT_EQ(upstream_.count(), 0u) << "without max_tokens 4096 are counted";
  timers_.Advance(std::chrono::seconds(0));
  EXPECT_EQ(observer_.summary->outcome, Outcome::kCostTooHigh);
  EXPECT_THAT(observer_.summary->message, HasSubstr("may cost up to 0.004096 USD, and the limit is 0.001"));
  CompletionRequest request = Request();
  request.max_output_tokens = 500;
  RecordingObserver second;
  auto cheaper = router().Start(std::move(request), second);
  ASSERT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(upstream_.last().request().target, 2u);
}

TEST_F(DialectCallTest, ALimitOfTheRequestLowersTheTargetsAndNeedsAPrice) {
  AddTarget("unknown");
  CompletionRequest request = Request();
  request.max_cost_nano_usd = 1;
  auto call = router().Start(std::move(request), observer_);
  timers_.Advance(std::chrono::seconds(0));
  EXPECT_EQ(observer_.summary->outcome, Outcome::kCostTooHigh);
  EXPECT_THAT(observer_.summary->message, HasSubstr("the price of unknown-model is not known"));
}

TEST_F(DialectCallTest, ModelsWithAListPriceNeedNoPricing) {
  TargetOptions& target = AddTarget("o");
  target.provider = "openai";
  target.model = "gpt-4o-mini";
  auto call = Start("{}");
  upstream_.last().AnswerOk();
  ASSERT_TRUE(observer_.head->pricing);
  EXPECT_EQ(observer_.head->pricing->prompt, 0.15);
}

TEST_F(DialectCallTest, AContentFilterIsTheCallersAndNotTheTargets) {
  AddTarget("a");
  AddTarget("b");
  auto call = Start("{}");
  upstream_.last().AnswerStatus(400, R"({"error":{"code":"content_filter","message":"no"}})");
  EXPECT_EQ(observer_.summary->outcome, Outcome::kContentFiltered);
  EXPECT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(targets()[0]->Status(clock_.Monotonic()).last_error, "");
}

TEST_F(DialectCallTest, AContentFilterCanSendTheRequestOn) {
  AddTarget("a");
  AddTarget("b");
  options_.fallback.content_policy = ContentPolicy::kFallback;
  auto call = Start("{}");
  upstream_.last().AnswerStatus(400, R"({"error":{"code":"content_filter","message":"no"}})");
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
  upstream_.last().AnswerOk();
  EXPECT_EQ(observer_.summary->outcome, Outcome::kOk);
}

TEST_F(DialectCallTest, AnAnswerIsTranslatedBack) {
  AddMistral("m");
  auto call = Start("{}");
  Answer(R"({"choices":[{"finish_reason":"model_length"}]})");
  EXPECT_EQ(observer_.data, R"({"choices":[{"finish_reason":"length"}]})");
  EXPECT_EQ(observer_.summary->outcome, Outcome::kOk);
}

TEST_F(DialectCallTest, AnAnswerThatIsNoneIsRepeatedAndThenAskedElsewhere) {
  AddMistral("m");
  AddTarget("o");
  auto call = Start("{}");
  for (const char* answer : {"", "<html>sign in</html>", R"({"choices":[)"}) {
    Answer(answer);
    EXPECT_FALSE(observer_.head);
    timers_.Advance(std::chrono::seconds(10));
  }
  ASSERT_EQ(upstream_.count(), 4u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"o-model"})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(observer_.summary->attempts.size(), 4u);
  EXPECT_EQ(observer_.summary->attempts[0].outcome, Outcome::kUpstreamError);
}

TEST_F(DialectCallTest, AStreamOfAnotherTypeIsGivenUpAtOnce) {
  AddMistral("m");
  AddTarget("o");
  options_.retry.max_attempts = 1;
  auto call = Start("{}", true);
  upstream_.last().Head();  // application/json
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_TRUE(upstream_.attempt(0).released());
  EXPECT_EQ(upstream_.last().body(), R"({"model":"o-model"})");
}

}  // namespace
}  // namespace portcullis::router
