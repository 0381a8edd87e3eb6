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
  CircuitBreaker breaker_{{true, 3, seconds(30), 2}, clock_, [this](const CircuitBreaker::Transition& t) {
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
  EXPECT_EQ(log_, std::vector<std::string>{"closed>open: as the test says"});
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
  clock_.Advance(seconds(1));
  EXPECT_TRUE(breaker_.Admit());
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
  CircuitBreaker off({false, 1, seconds(30), 1}, clock_, nullptr);
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
