// The attempt loop, with fakes for time, chance and the provider.
#include "services/router/domain/completion_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RecordingObserver;
using ::testing::HasSubstr;

class CompletionCallTest : public test::RouterFixture {
 protected:
  std::unique_ptr<Call> Start(CompletionRequest request) {
    return router().Start(std::move(request), observer_);
  }
  const CallSummary& summary() {
    EXPECT_TRUE(observer_.summary);
    return *observer_.summary;
  }

  RecordingObserver observer_;
};

TEST_F(CompletionCallTest, PassesAnAnswerOn) {
  AddTarget("a").stream_timeout = seconds(180);
  CompletionRequest request = Request("gpt");
  request.operation = Operation::kFimCompletions;
  request.stream = true;
  auto call = Start(std::move(request));
  ASSERT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(upstream_.last().request().path, UpstreamPath::kFimCompletions);
  EXPECT_EQ(upstream_.last().request().timeout, seconds(180));
  EXPECT_TRUE(upstream_.last().request().stream);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"a-model","n":1})");
  clock_.Advance(milliseconds(7));
  upstream_.last().Head();
  clock_.Advance(milliseconds(5));
  upstream_.last().Data("x");
  EXPECT_EQ(router().in_flight(), 1u);
  UpstreamResult result;
  result.http_status = 200;
  upstream_.last().Done(std::move(result));
  EXPECT_EQ(summary().outcome, Outcome::kOk);
  EXPECT_EQ(summary().first_byte_us, 7000u);
  EXPECT_EQ(summary().total_us, 12000u);
  EXPECT_EQ(summary().attempts.at(0).latency_us, 7000u);
  EXPECT_TRUE(upstream_.last().released());
  EXPECT_EQ(router().in_flight(), 0u);
}

TEST_F(CompletionCallTest, RepeatsAfterABackOffThenAsksTheNextTarget) {
  AddTarget("a");
  AddTarget("b");
  auto call = Start(Request());
  upstream_.last().AnswerStatus(503);
  EXPECT_EQ(timers_.NextDelay(), milliseconds(125));
  timers_.Advance(milliseconds(124));
  EXPECT_EQ(upstream_.count(), 1u);
  timers_.Advance(milliseconds(1));
  ASSERT_EQ(upstream_.count(), 2u);
  upstream_.last().Fail(TransportError::kConnect);
  EXPECT_EQ(timers_.NextDelay(), milliseconds(250));
  timers_.Advance(milliseconds(250));
  upstream_.last().Fail(TransportError::kTimeout);
  ASSERT_EQ(upstream_.count(), 4u);  // the next target at once
  EXPECT_EQ(upstream_.last().request().target, 1u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"b-model","n":1})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(summary().outcome, Outcome::kOk);
  ASSERT_EQ(summary().attempts.size(), 4u);
  EXPECT_EQ(summary().attempts[2].outcome, Outcome::kTimeout);
  EXPECT_EQ(summary().attempts[3].target, "b");
  EXPECT_EQ(observer_.head->attempts, 4u);
  EXPECT_EQ(metrics_.Value("retries", {}), 2);
}

TEST_F(CompletionCallTest, EveryTransientStatusIsRepeatedAndNoCallersFaultIs) {
  AddTarget("a");
  options_.circuit_breaker.enabled = false;
  for (const int status : {429, 500, 502, 503, 504, 529}) {
    RecordingObserver observer;
    auto call = router().Start(Request(), observer);
    upstream_.last().AnswerStatus(status);
    EXPECT_FALSE(observer.summary) << status;
  }
  for (const int status : {400, 404, 422}) {
    RecordingObserver observer;
    auto call = router().Start(Request(), observer);
    upstream_.last().AnswerStatus(status);
    ASSERT_TRUE(observer.summary) << status;
    EXPECT_EQ(observer.summary->outcome, Outcome::kBadRequest);
  }
}

TEST_F(CompletionCallTest, ARefusedKeyGoesToTheNextTargetAndIsToldAtTheEnd) {
  AddTarget("a");
  AddTarget("b");
  auto call = Start(Request());
  upstream_.last().AnswerStatus(401);
  ASSERT_EQ(upstream_.count(), 2u);
  upstream_.last().AnswerStatus(403);
  EXPECT_EQ(summary().outcome, Outcome::kUpstreamAuth);
  EXPECT_EQ(summary().target, "b");
}

TEST_F(CompletionCallTest, NothingIsRepeatedOnceAByteWasPassedOn) {
  AddTarget("a");
  AddTarget("b");
  auto call = Start(Request());
  upstream_.last().Head();
  upstream_.last().Data("x");
  upstream_.last().Fail(TransportError::kCut);
  EXPECT_EQ(summary().outcome, Outcome::kCut);
  EXPECT_EQ(upstream_.count(), 1u);
}

TEST_F(CompletionCallTest, AWaitBeyondTheDeadlineGoesToTheNextTargetAtOnce) {
  AddTarget("a");
  AddTarget("b");
  CompletionRequest request = Request();
  request.context.deadline = clock_.Monotonic() + seconds(3);
  auto call = Start(std::move(request));
  EXPECT_EQ(upstream_.last().request().timeout, seconds(3));
  clock_.Advance(seconds(1));
  upstream_.last().AnswerStatus(429, "", seconds(5));
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
  EXPECT_EQ(upstream_.last().request().timeout, seconds(2));
  upstream_.last().AnswerStatus(429, "", seconds(7));
  EXPECT_EQ(summary().outcome, Outcome::kRateLimited);
  EXPECT_EQ(summary().retry_after_seconds, 7);
}

TEST_F(CompletionCallTest, ADeadlineThatHasPassedIsATimeout) {
  AddTarget("a");
  CompletionRequest request = Request();
  request.context.deadline = clock_.Monotonic();
  auto call = Start(std::move(request));
  EXPECT_FALSE(observer_.summary);
  timers_.Advance(base::Duration::zero());
  EXPECT_EQ(summary().outcome, Outcome::kTimeout);
  EXPECT_EQ(upstream_.count(), 0u);
}

TEST_F(CompletionCallTest, ADeadlineThatCutAnAttemptShortDoesNotCountAgainstTheTarget) {
  AddTarget("a");
  options_.circuit_breaker.failure_threshold = 1;
  CompletionRequest request = Request();
  request.context.deadline = clock_.Monotonic() + milliseconds(10);
  auto call = Start(std::move(request));
  clock_.Advance(milliseconds(10));
  upstream_.last().Fail(TransportError::kTimeout);
  EXPECT_EQ(summary().outcome, Outcome::kTimeout);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kClosed);
}

TEST_F(CompletionCallTest, TheCircuitMayOpenBetweenTwoTriesOfOneCall) {
  AddTarget("a");
  AddTarget("b");
  options_.circuit_breaker.failure_threshold = 2;
  auto call = Start(Request());
  upstream_.last().AnswerStatus(500);
  timers_.Advance(seconds(1));
  upstream_.last().AnswerStatus(500);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kOpen);
  timers_.Advance(seconds(1));
  ASSERT_EQ(upstream_.count(), 3u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
}

TEST_F(CompletionCallTest, UnusableTargetsArePassedOver) {
  AddTarget("a").api_key = "";
  AddTarget("b").max_context_tokens = 10;
  AddTarget("c");
  CompletionRequest request = Request();
  request.estimated_prompt_tokens = 11;
  auto call = Start(std::move(request));
  ASSERT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(upstream_.last().request().target, 2u);
}

TEST_F(CompletionCallTest, WithoutAUsableTargetTheReasonsAreTold) {
  AddTarget("a").api_key = "";
  auto call = Start(Request());
  EXPECT_FALSE(observer_.summary);  // never inside Start
  timers_.Advance(base::Duration::zero());
  EXPECT_EQ(summary().outcome, Outcome::kUnavailable);
  EXPECT_THAT(summary().message, HasSubstr("a (no API key)"));
}

TEST_F(CompletionCallTest, TooLongForEveryTarget) {
  AddTarget("a").max_context_tokens = 10;
  CompletionRequest request = Request();
  request.estimated_prompt_tokens = 11;
  auto call = Start(std::move(request));
  timers_.Advance(base::Duration::zero());
  EXPECT_EQ(summary().outcome, Outcome::kContextTooLong);
}

TEST_F(CompletionCallTest, ABodyThatCannotBeEditedIsABadRequest) {
  AddTarget("a");
  CompletionRequest request = Request();
  request.model_end = 1000;
  auto call = Start(std::move(request));
  timers_.Advance(base::Duration::zero());
  EXPECT_EQ(summary().outcome, Outcome::kBadRequest);
}

TEST_F(CompletionCallTest, PassthroughLeavesTheModelEvenAfterAnotherTargetHadItsOwn) {
  AddTarget("a");
  AddTarget("b").passthrough_model = true;
  CompletionRequest request = Request("gpt");
  request.body = R"({"model":"gpt"})";
  request.model_begin = 9;
  request.model_end = 14;
  auto call = Start(std::move(request));
  EXPECT_EQ(upstream_.last().body(), R"({"model":"a-model"})");
  upstream_.last().AnswerStatus(401);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"gpt"})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(observer_.head->model, "gpt");
}

TEST_F(CompletionCallTest, TheDefaultModelIsForClientsThatNameNone) {
  TargetOptions& target = AddTarget("a");
  target.passthrough_model = true;
  target.default_model = "small";
  CompletionRequest request = Request("");
  request.body = R"({"n":1})";
  auto call = Start(std::move(request));
  EXPECT_EQ(upstream_.last().body(), R"({"model":"small","n":1})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(observer_.head->model, "small");
}

TEST_F(CompletionCallTest, DestroyingItReleasesTheAttemptAndTheTrial) {
  AddTarget("a");
  options_.circuit_breaker.failure_threshold = 1;
  options_.circuit_breaker.recovery_timeout = seconds(1);
  options_.circuit_breaker.half_open_max_requests = 1;
  options_.retry.max_attempts = 1;
  Start(Request())->Pause();
  auto call = Start(Request());
  upstream_.last().AnswerStatus(500);
  clock_.Advance(seconds(1));
  call = Start(Request());
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kHalfOpen);
  EXPECT_FALSE(targets()[0]->circuit().Admit());
  call.reset();
  EXPECT_TRUE(upstream_.last().released());
  EXPECT_TRUE(targets()[0]->circuit().Admit());
  EXPECT_EQ(router().in_flight(), 0u);
}

TEST_F(CompletionCallTest, DestroyingItDuringABackOffStopsIt) {
  AddTarget("a");
  auto call = Start(Request());
  upstream_.last().AnswerStatus(500);
  call.reset();
  timers_.Advance(seconds(10));
  EXPECT_EQ(upstream_.count(), 1u);
  EXPECT_FALSE(observer_.summary);
}

TEST_F(CompletionCallTest, APauseHoldsForTheNextAttemptToo) {
  AddTarget("a");
  auto call = Start(Request());
  call->Pause();
  EXPECT_TRUE(upstream_.last().paused());
  upstream_.last().AnswerStatus(500);
  timers_.Advance(seconds(1));
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_TRUE(upstream_.last().paused());
  call->Resume();
  EXPECT_FALSE(upstream_.last().paused());
}

}  // namespace
}  // namespace portcullis::router
