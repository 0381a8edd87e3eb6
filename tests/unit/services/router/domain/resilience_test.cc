// Keys, budgets, time-outs, hedges and mirrors as a call meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/router/domain/completion_call.h"
#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RecordingObserver;
using ::testing::HasSubstr;

class ResilienceTest : public test::RouterFixture {
 protected:
  std::unique_ptr<Call> Start(CompletionRequest request = Request()) {
    return router().Start(std::move(request), observer_);
  }
  const CallSummary& summary() {
    EXPECT_TRUE(observer_.summary);
    return *observer_.summary;
  }
  // A call from start to end at the last attempt's target.
  Outcome Run(int status, milliseconds retry_after = {}) {
    RecordingObserver observer;
    const size_t before = upstream_.count();
    auto call = router().Start(Request(), observer);
    timers_.Advance({});
    if (upstream_.count() > before) {
      if (status == 200) {
        upstream_.last().AnswerOk();
      } else {
        upstream_.last().AnswerStatus(status, "", retry_after);
      }
    }
    return observer.summary ? observer.summary->outcome : Outcome::kCancelled;
  }

  RecordingObserver observer_;
};

TEST_F(ResilienceTest, TheRetryBudgetStopsAStorm) {
  AddTarget("a");
  options_.circuit_breaker.enabled = false;
  options_.retry.max_attempts = 2;
  options_.retry.min_retries_per_second = 0;
  options_.retry.budget_percent = 20;
  int retried = 0;
  for (int i = 0; i < 100; ++i) {
    RecordingObserver observer;
    auto call = router().Start(Request(), observer);
    upstream_.last().AnswerStatus(500);
    retried += observer.summary ? 0 : 1;
  }
  EXPECT_NEAR(retried, 20, 1);
  EXPECT_EQ(metrics_.Value("refused", {}), 100 - retried);
}

TEST_F(ResilienceTest, OnlySoManyOtherTargetsAreAsked) {
  for (const char* id : {"a", "b", "c", "d"}) AddTarget(id);
  options_.fallback.max_attempts = 2;
  options_.retry.max_attempts = 1;
  auto call = Start();
  for (int i = 0; i < 3; ++i) upstream_.attempt(i).AnswerStatus(500);
  EXPECT_EQ(upstream_.count(), 3u);
  EXPECT_EQ(summary().outcome, Outcome::kUpstreamError);
  EXPECT_EQ(summary().attempts.size(), 3u);
}

TEST_F(ResilienceTest, WithoutFallbackTheFirstFailureStands) {
  AddTarget("a");
  AddTarget("b");
  options_.fallback.enabled = false;
  options_.retry.max_attempts = 1;
  auto call = Start();
  upstream_.last().AnswerStatus(500);
  EXPECT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(summary().target, "a");
}

TEST_F(ResilienceTest, ATooLongRequestMayGoToALargerTarget) {
  AddTarget("small").max_context_tokens = 8'000;
  AddTarget("unknown");
  AddTarget("large").max_context_tokens = 128'000;
  const std::string too_long = R"({"error":{"message":"x","code":"context_length_exceeded"}})";
  options_.fallback.context_window = ContextWindow::kLarger;
  auto call = Start();
  upstream_.last().AnswerStatus(400, too_long);
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().request().target, 2u);
  upstream_.last().AnswerStatus(400, too_long);
  EXPECT_EQ(summary().outcome, Outcome::kContextTooLong);
}

TEST_F(ResilienceTest, ARateLimitWithATimeOpensTheCircuitForThatTime) {
  AddTarget("a");
  options_.retry.max_attempts = 1;
  EXPECT_EQ(Run(429, seconds(7)), Outcome::kRateLimited);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kOpen);
  auto call = Start();
  timers_.Advance({});
  EXPECT_EQ(summary().outcome, Outcome::kUnavailable);
  EXPECT_EQ(summary().retry_after_seconds, 7);
  EXPECT_EQ(upstream_.count(), 1u);
  clock_.Advance(seconds(7));
  EXPECT_EQ(Run(200), Outcome::kOk);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kClosed);
}

TEST_F(ResilienceTest, WithoutATimeARateLimitLeavesTheCircuitAlone) {
  AddTarget("a");
  options_.retry.max_attempts = 1;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Run(429), Outcome::kRateLimited);
}

TEST_F(ResilienceTest, WhenAllCircuitsAreOpenTheLastResortIsAsked) {
  AddTarget("a");
  AddTarget("b");
  options_.circuit_breaker.failure_threshold = 1;
  options_.circuit_breaker.when_all_open = WhenAllOpen::kLastResort;
  options_.retry.max_attempts = 1;
  auto call = Start();
  upstream_.attempt(0).AnswerStatus(500);
  upstream_.attempt(1).AnswerStatus(500);
  observer_.summary.reset();
  call = Start();
  ASSERT_EQ(upstream_.count(), 3u);
  EXPECT_EQ(upstream_.last().request().target, 0u);
  upstream_.last().AnswerOk();
  EXPECT_EQ(summary().outcome, Outcome::kOk);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kOpen);  // no trial
}

TEST_F(ResilienceTest, ARefusedKeyRestsAndTheTargetsOtherKeyIsTakenAtOnce) {
  TargetOptions& target = AddTarget("a");
  target.api_key = "";
  target.keys = {{"k0", "environment variable K0"}, {"k1", "environment variable K1"}};
  rng_.set_unit(0.9);  // the first of the ready ones
  auto call = Start();
  EXPECT_EQ(upstream_.last().request().key, 0u);
  upstream_.last().AnswerStatus(401);
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().request().key, 1u);
  upstream_.last().AnswerOk();
  EXPECT_EQ(summary().outcome, Outcome::kOk);
  EXPECT_THAT(targets()[0]->Status(clock_.Monotonic()).last_error, HasSubstr("environment variable K0"));
  EXPECT_EQ(targets()[0]->Status(clock_.Monotonic()).keys_cooling, 1u);
  EXPECT_EQ(metrics_.Value("keys_refused", {}), 1);
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kClosed);
}

TEST_F(ResilienceTest, WhenEveryKeyIsRefusedTheTargetRestsWhileThereIsAnother) {
  AddTarget("a");
  AddTarget("b");
  options_.fallback.key_refused = false;
  EXPECT_EQ(Run(401), Outcome::kUpstreamAuth);
  EXPECT_EQ(Run(200), Outcome::kOk);
  EXPECT_EQ(upstream_.last().request().target, 1u);
  clock_.Advance(seconds(60));
  EXPECT_EQ(Run(200), Outcome::kOk);
  EXPECT_EQ(upstream_.last().request().target, 0u);
}

TEST_F(ResilienceTest, ARefusedKeyIsTriedAgainWhenThereIsNothingElse) {
  AddTarget("a");
  EXPECT_EQ(Run(401), Outcome::kUpstreamAuth);
  EXPECT_EQ(Run(200), Outcome::kOk);
  EXPECT_EQ(targets()[0]->Status(clock_.Monotonic()).keys_cooling, 0u);
}

TEST_F(ResilienceTest, A403ForTheCallersOwnModelSaysNothingAboutTheKey) {
  AddTarget("a").passthrough_model = true;
  EXPECT_EQ(Run(403), Outcome::kUpstreamAuth);
  EXPECT_EQ(Run(200), Outcome::kOk);
}

TEST_F(ResilienceTest, ALimitedKeyCoolsAndTheCircuitOpensWhenItWasTheLast) {
  TargetOptions& target = AddTarget("a");
  target.keys = {{"k0", ""}, {"k1", ""}};
  rng_.set_unit(0.9);
  auto call = Start();
  upstream_.attempt(0).AnswerStatus(429, "", seconds(30));
  ASSERT_EQ(upstream_.count(), 2u);  // at once, with the other key
  EXPECT_EQ(targets()[0]->circuit().state(), CircuitState::kClosed);
  upstream_.attempt(1).AnswerStatus(429, "", seconds(20));
  EXPECT_EQ(targets()[0]->circuit().OpenFor(), seconds(20));
}

TEST_F(ResilienceTest, ASlowFirstByteIsATimeOut) {
  AddTarget("a").first_byte_timeout = seconds(2);
  AddTarget("b");
  options_.retry.max_attempts = 1;
  auto call = Start();
  timers_.Advance(seconds(2));
  EXPECT_TRUE(upstream_.attempt(0).released());
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"b-model","n":1})");
  upstream_.last().AnswerOk();
  EXPECT_EQ(summary().attempts[0].outcome, Outcome::kTimeout);
  EXPECT_THAT(targets()[0]->Status(clock_.Monotonic()).last_error, HasSubstr("no first byte within 2000 ms"));
}

TEST_F(ResilienceTest, AStreamThatFallsSilentEndsTyped) {
  AddTarget("a").idle_timeout = seconds(5);
  CompletionRequest request = Request();
  request.stream = true;
  auto call = Start(std::move(request));
  timers_.Advance(seconds(20));  // before the first byte another time-out counts
  upstream_.last().Head();
  for (int i = 0; i < 4; ++i) {
    timers_.Advance(seconds(4));
    upstream_.last().Data("x");
  }
  EXPECT_FALSE(observer_.summary);
  timers_.Advance(seconds(5));
  EXPECT_EQ(summary().outcome, Outcome::kTimeout);
  EXPECT_THAT(summary().message, HasSubstr("nothing came for 5000 ms"));
  EXPECT_EQ(observer_.data, "xxxx");
  EXPECT_TRUE(upstream_.last().released());
}

TEST_F(ResilienceTest, ASlowReaderIsNotTheTargetsSilence) {
  AddTarget("a").idle_timeout = seconds(5);
  CompletionRequest request = Request();
  request.stream = true;
  auto call = Start(std::move(request));
  upstream_.last().Head();
  call->Pause();
  timers_.Advance(seconds(50));
  EXPECT_FALSE(observer_.summary);
  call->Resume();
  timers_.Advance(seconds(4));
  EXPECT_FALSE(observer_.summary);
  timers_.Advance(seconds(10));
  EXPECT_EQ(summary().outcome, Outcome::kTimeout);
}

class HedgeTest : public ResilienceTest {
 protected:
  HedgeTest() {
    AddTarget("a");
    AddTarget("b");
    options_.hedge.enabled = true;
    options_.hedge.delay = seconds(1);
    options_.hedge.budget_percent = 100;
  }
};

TEST_F(HedgeTest, TheRivalAnswersAndTheSlowOneIsCancelledAndAccountedFor) {
  auto call = Start();
  timers_.Advance(seconds(1));
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().body(), R"({"model":"b-model","n":1})");
  upstream_.attempt(1).AnswerOk("from b");
  EXPECT_TRUE(upstream_.attempt(0).released());
  EXPECT_EQ(observer_.head->target, "b");
  EXPECT_EQ(observer_.head->attempts, 2u);
  EXPECT_EQ(observer_.data, "from b");
  ASSERT_EQ(summary().attempts.size(), 2u);
  EXPECT_EQ(summary().attempts[0].target, "a");
  EXPECT_EQ(summary().attempts[0].outcome, Outcome::kCancelled);
  EXPECT_EQ(metrics_.Value("hedges_won", {{"target", "b"}}), 1);
  EXPECT_EQ(targets()[0]->in_flight() + targets()[1]->in_flight(), 0u);
  EXPECT_EQ(router().in_flight(), 0u);
}

TEST_F(HedgeTest, TheFirstMayStillWin) {
  auto call = Start();
  timers_.Advance(seconds(1));
  upstream_.attempt(0).AnswerOk("from a");
  EXPECT_TRUE(upstream_.attempt(1).released());
  EXPECT_EQ(observer_.data, "from a");
  EXPECT_EQ(metrics_.Value("hedges_lost", {{"target", "b"}}), 1);
  EXPECT_EQ(metrics_.Value("hedges_won", {{"target", "b"}}), 0);
}

TEST_F(HedgeTest, OneFailureWaitsForTheOther) {
  options_.retry.max_attempts = 1;
  auto call = Start();
  timers_.Advance(seconds(1));
  upstream_.attempt(0).AnswerStatus(500);
  EXPECT_FALSE(observer_.summary);
  upstream_.attempt(1).AnswerStatus(503);
  EXPECT_EQ(summary().outcome, Outcome::kUpstreamError);
  EXPECT_EQ(summary().attempts.size(), 2u);
}

TEST_F(HedgeTest, ACallersMistakeEndsBoth) {
  auto call = Start();
  timers_.Advance(seconds(1));
  upstream_.attempt(1).AnswerStatus(400);
  EXPECT_TRUE(upstream_.attempt(0).released());
  EXPECT_EQ(summary().outcome, Outcome::kBadRequest);
}

TEST_F(HedgeTest, AnAnswerInTimeHasNoRival) {
  auto call = Start();
  upstream_.last().Head();
  timers_.Advance(seconds(10));
  EXPECT_EQ(upstream_.count(), 1u);
}

TEST_F(HedgeTest, TheBudgetCapsRivals) {
  options_.hedge.budget_percent = 10;
  int rivals = 0;
  for (int i = 0; i < 50; ++i) {
    RecordingObserver observer;
    const size_t before = upstream_.count();
    auto call = router().Start(Request(), observer);
    timers_.Advance(seconds(1));
    rivals += static_cast<int>(upstream_.count() - before) - 1;
  }
  EXPECT_GE(rivals, 1);
  EXPECT_LE(rivals, 11);  // a tenth of the calls, and one in ten seconds
}

TEST_F(HedgeTest, WithoutADelayTheObservedP95Decides) {
  options_.hedge.delay = {};
  RecordingObserver observer;
  for (uint32_t i = 0; i < CompletionCall::kHedgeSamples; ++i) {
    auto call = router().Start(Request(), observer);
    EXPECT_FALSE(timers_.NextDelay());
    clock_.Advance(milliseconds(100));
    upstream_.last().AnswerOk();
  }
  auto call = Start();
  ASSERT_TRUE(timers_.NextDelay());
  EXPECT_NEAR(static_cast<double>(timers_.NextDelay()->count()), 100e6, 20e6);
}

TEST_F(ResilienceTest, AMirrorCopiesAndItsAnswerIsThrownAway) {
  AddTarget("a");
  AddTarget("shadow");
  options_.mirror.enabled = true;
  options_.mirror.target = "shadow";
  auto call = Start();
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.attempt(0).request().target, 1u);
  EXPECT_EQ(upstream_.attempt(0).body(), R"({"model":"shadow-model","n":1})");
  EXPECT_EQ(upstream_.attempt(0).request().timeout, seconds(5));
  EXPECT_EQ(upstream_.attempt(1).body(), R"({"model":"a-model","n":1})");
  upstream_.attempt(1).AnswerOk("real");
  EXPECT_EQ(observer_.data, "real");
  upstream_.attempt(0).AnswerOk("shadow");
  EXPECT_EQ(observer_.data, "real");
  EXPECT_EQ(metrics_.Value("mirror_ok", {}), 1);
}

TEST_F(ResilienceTest, AMirrorInTroubleIsNotTheClientsTrouble) {
  AddTarget("a");
  AddTarget("shadow");
  options_.mirror.enabled = true;
  options_.mirror.target = "shadow";
  options_.mirror.max_in_flight = 1;
  auto first = Start();
  auto second = Start();
  EXPECT_EQ(upstream_.count(), 3u);
  EXPECT_EQ(metrics_.Value("mirror_skipped", {}), 1);
  upstream_.attempt(0).AnswerStatus(500);
  EXPECT_EQ(metrics_.Value("mirror_failed", {}), 1);
  EXPECT_FALSE(observer_.summary);
}

TEST_F(ResilienceTest, ACopyIsInTheShadowsDialect) {
  AddTarget("a");
  AddTarget("shadow").dialect.dialect = Dialect::kMistral;
  options_.mirror.enabled = true;
  options_.mirror.target = "shadow";
  options_.mirror.log_response = true;
  CompletionRequest request = Request();
  request.body = R"({"seed":3,"messages":[]})";
  request.context.request_id = "req-1";
  auto call = router().Start(std::move(request), observer_);
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.attempt(0).body(), R"({"model":"shadow-model","random_seed":3,"messages":[]})");
  EXPECT_EQ(upstream_.attempt(1).body(), R"({"model":"a-model","seed":3,"messages":[]})");
  upstream_.attempt(0).AnswerOk("<html>no answer</html>");
  EXPECT_EQ(metrics_.Value("mirror_failed", {}), 1);
  EXPECT_TRUE(logger_.Contains("mirrored request request_id=req-1 target=shadow"));
  EXPECT_FALSE(logger_.Contains("html"));
}

TEST_F(ResilienceTest, WhatTheShadowCannotHonourIsNotCopied) {
  AddTarget("a");
  AddTarget("shadow").dialect.dialect = Dialect::kAnthropic;
  options_.mirror.enabled = true;
  options_.mirror.target = "shadow";
  CompletionRequest request = Request();
  request.body = R"({"n":3,"messages":[{"role":"user","content":"x"}]})";
  auto call = router().Start(std::move(request), observer_);
  EXPECT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(metrics_.Value("mirror_skipped", {}), 1);
}

TEST_F(ResilienceTest, OnlyASampleIsMirrored) {
  AddTarget("a");
  AddTarget("shadow");
  options_.mirror.enabled = true;
  options_.mirror.target = "shadow";
  options_.mirror.sample_rate = 0.4;
  rng_.set_unit(0.5);
  auto call = Start();
  EXPECT_EQ(upstream_.count(), 1u);
}

}  // namespace
}  // namespace portcullis::router
