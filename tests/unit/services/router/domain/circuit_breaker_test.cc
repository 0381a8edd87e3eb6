#include "services/router/domain/circuit_breaker.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/unit/services/router/support/fakes.h"

namespace portcullis::router {
namespace {

using std::chrono::seconds;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void Run(CircuitResult result) {
    const auto permit = breaker_.Admit();
    ASSERT_TRUE(permit);
    breaker_.Report(*permit, result, "as the test says");
  }
  void Open() {
    for (int i = 0; i < 3; ++i) Run(CircuitResult::kFailure);
  }

  test::FakeClock clock_;
  std::vector<std::string> log_;
  static CircuitBreakerOptions Options() {
    CircuitBreakerOptions options;
    options.failure_threshold = 3;
    options.error_rate_percent = 0;
    return options;
  }

  CircuitBreaker breaker_{Options(), clock_, [this](const CircuitBreaker::Transition& t) {
                            log_.push_back(std::string(CircuitStateName(t.from)) + ">" +
                                           std::string(CircuitStateName(t.to)) + ": " + std::string(t.cause));
                          }};
};

TEST_F(CircuitBreakerTest, OpensAtConsecutiveFailuresOnly) {
  for (int i = 0; i < 10; ++i) {
    Run(CircuitResult::kFailure);
    Run(CircuitResult::kFailure);
    Run(CircuitResult::kSuccess);
  }
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  Open();
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_FALSE(breaker_.Admit());
  EXPECT_EQ(log_, std::vector<std::string>{"closed>open: 3 failures in a row, the last: as the test says"});
}

TEST_F(CircuitBreakerTest, WhatTheCallerCausedNeitherCountsNorClears) {
  Run(CircuitResult::kFailure);
  Run(CircuitResult::kFailure);
  for (int i = 0; i < 10; ++i) Run(CircuitResult::kNeutral);
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  Run(CircuitResult::kFailure);
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
}

TEST_F(CircuitBreakerTest, RefusesUntilTheRecoveryTimeThenAdmitsItsTrials) {
  Open();
  clock_.Advance(seconds(30) - base::Duration(1));
  EXPECT_FALSE(breaker_.Admit());
  clock_.Advance(base::Duration(1));
  const auto first = breaker_.Admit();
  const auto second = breaker_.Admit();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfOpen);
  EXPECT_FALSE(breaker_.Admit());
  breaker_.Report(*first, CircuitResult::kSuccess, "");
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfOpen);
  EXPECT_FALSE(breaker_.Admit());
  breaker_.Report(*second, CircuitResult::kSuccess, "");
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  EXPECT_EQ(log_.size(), 3u);
}

TEST_F(CircuitBreakerTest, OneFailedTrialOpensAgainForTheWholeTime) {
  Open();
  clock_.Advance(seconds(30));
  const auto first = breaker_.Admit();
  const auto second = breaker_.Admit();
  breaker_.Report(*first, CircuitResult::kFailure, "still broken");
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  breaker_.Report(*second, CircuitResult::kSuccess, "");
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  clock_.Advance(seconds(29));
  EXPECT_FALSE(breaker_.Admit());
  clock_.Advance(seconds(31));
  EXPECT_TRUE(breaker_.Admit());
}

TEST_F(CircuitBreakerTest, TheRecoveryTimeGrowsUpToItsLimitAndClosingResetsIt) {
  Open();
  std::vector<int64_t> waits;
  for (int i = 0; i < 6; ++i) {
    waits.push_back(std::chrono::duration_cast<seconds>(*breaker_.OpenFor()).count());
    clock_.Advance(*breaker_.OpenFor());
    Run(CircuitResult::kFailure);
  }
  EXPECT_EQ(waits, (std::vector<int64_t>{30, 60, 120, 240, 300, 300}));
  clock_.Advance(seconds(300));
  Run(CircuitResult::kSuccess);
  Run(CircuitResult::kSuccess);
  ASSERT_EQ(breaker_.state(), CircuitState::kClosed);
  Open();
  EXPECT_EQ(breaker_.OpenFor(), seconds(30));
}

TEST_F(CircuitBreakerTest, ARateOfErrorsOpensItWithoutARow) {
  CircuitBreakerOptions options;
  options.failure_threshold = 1000;
  options.error_rate_percent = 50;
  options.min_samples = 20;
  std::string cause;
  CircuitBreaker breaker(options, clock_, [&cause](const CircuitBreaker::Transition& t) { cause = t.cause; });
  for (int i = 0; i < 9; ++i) {
    breaker.Report(*breaker.Admit(), CircuitResult::kSuccess, "");
    breaker.Report(*breaker.Admit(), CircuitResult::kFailure, "broken");
  }
  EXPECT_EQ(breaker.state(), CircuitState::kClosed);  // too few
  EXPECT_DOUBLE_EQ(breaker.ErrorRate(), 0.5);
  breaker.Report(*breaker.Admit(), CircuitResult::kSuccess, "");
  breaker.Report(*breaker.Admit(), CircuitResult::kFailure, "broken");
  EXPECT_EQ(breaker.state(), CircuitState::kOpen);
  EXPECT_EQ(cause, "50% of the last 20 calls failed, the last: broken");
}

TEST_F(CircuitBreakerTest, OldErrorsDoNotCount) {
  CircuitBreakerOptions options;
  options.failure_threshold = 1000;
  CircuitBreaker breaker(options, clock_, nullptr);
  for (int i = 0; i < 19; ++i) breaker.Report(*breaker.Admit(), CircuitResult::kFailure, "");
  clock_.Advance(seconds(60));
  breaker.Report(*breaker.Admit(), CircuitResult::kFailure, "");
  EXPECT_EQ(breaker.state(), CircuitState::kClosed);
}

TEST_F(CircuitBreakerTest, AHeldCircuitClosesByItselfWhenTheTimeIsOver) {
  breaker_.Hold(seconds(5), "limited");
  EXPECT_FALSE(breaker_.Admit());
  breaker_.Hold(seconds(3), "limited");  // not shorter
  EXPECT_EQ(breaker_.OpenFor(), seconds(5));
  clock_.Advance(seconds(5));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(breaker_.Admit());
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  breaker_.Hold(std::chrono::hours(20), "limited");
  EXPECT_EQ(breaker_.OpenFor(), seconds(300));  // looked at again then
}

TEST_F(CircuitBreakerTest, AnOperatorDecidesOverTheResults) {
  breaker_.Force(CircuitForce::kOpen);
  EXPECT_FALSE(breaker_.Admit());
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_FALSE(breaker_.OpenFor());
  breaker_.Force(CircuitForce::kClosed);
  for (int i = 0; i < 10; ++i) Run(CircuitResult::kFailure);
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  breaker_.Force(CircuitForce::kNone);
  Open();
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  breaker_.Force(CircuitForce::kNone);
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
  EXPECT_TRUE(breaker_.Admit());
}

TEST_F(CircuitBreakerTest, ASuccessorGoesOnWhereItsForerunnerWas) {
  Open();
  clock_.Advance(seconds(10));
  CircuitBreaker next(Options(), clock_, nullptr, breaker_.Save());
  EXPECT_FALSE(next.Admit());
  EXPECT_EQ(next.OpenFor(), seconds(20));
  clock_.Advance(seconds(20));
  const auto trial = next.Admit();
  ASSERT_TRUE(trial);
  next.Report(*trial, CircuitResult::kFailure, "");
  EXPECT_EQ(next.OpenFor(), seconds(60));
}

TEST_F(CircuitBreakerTest, ATrialWithoutAnswerGivesItsPlaceBack) {
  Open();
  clock_.Advance(seconds(30));
  for (int i = 0; i < 5; ++i) Run(CircuitResult::kNeutral);
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfOpen);
  Run(CircuitResult::kSuccess);
  Run(CircuitResult::kSuccess);
  EXPECT_EQ(breaker_.state(), CircuitState::kClosed);
}

TEST_F(CircuitBreakerTest, CallsBegunBeforeItOpenedAreNoTrials) {
  const auto old_good = breaker_.Admit();
  const auto old_bad = breaker_.Admit();
  Open();
  clock_.Advance(seconds(30));
  const auto trial = breaker_.Admit();
  breaker_.Report(*old_bad, CircuitResult::kFailure, "");
  breaker_.Report(*old_good, CircuitResult::kSuccess, "");
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfOpen);
  breaker_.Report(*trial, CircuitResult::kSuccess, "");
  EXPECT_EQ(breaker_.state(), CircuitState::kHalfOpen);
}

TEST_F(CircuitBreakerTest, SwitchedOffItNeverOpens) {
  CircuitBreakerOptions options = Options();
  options.enabled = false;
  options.failure_threshold = 1;
  CircuitBreaker off(options, clock_, nullptr);
  for (int i = 0; i < 10; ++i) off.Report(*off.Admit(), CircuitResult::kFailure, "");
  EXPECT_TRUE(off.Admit());
}

TEST_F(CircuitBreakerTest, ThreadsTogetherOpenItOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 1000; ++i) {
        if (const auto permit = breaker_.Admit()) breaker_.Report(*permit, CircuitResult::kFailure, "x");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(breaker_.state(), CircuitState::kOpen);
  EXPECT_EQ(log_.size(), 1u);
}

}  // namespace
}  // namespace portcullis::router
