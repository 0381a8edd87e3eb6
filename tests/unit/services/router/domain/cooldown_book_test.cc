#include "services/router/domain/cooldown_book.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One replica of two: what it posts goes to the other.
class Replica {
 public:
  Replica() {
    TargetOptions one;
    one.id = "one";
    one.api_key = "key-of-one";
    options_.targets.push_back(one);
    TargetOptions two;
    two.id = "two";
    two.keys = {{"key-a", "A", 1}, {"key-b", "B", 1}};
    options_.targets.push_back(two);
  }

  void Make(base::Clock& clock, const TargetInstruments& instruments) {
    for (const TargetOptions& target : options_.targets) {
      targets.push_back(std::make_unique<TargetState>(target, options_, clock, nullptr, instruments));
    }
    book = std::make_unique<CooldownBook>(targets, clock, [this] { ++news; });
    for (uint32_t i = 0; i < targets.size(); ++i) targets[i]->ShareCooldowns(i, *book);
  }

  RouterOptions options_;
  TargetTable targets;
  std::unique_ptr<CooldownBook> book;
  int news = 0;
};

class CooldownBookTest : public test::RouterFixture {
 protected:
  void SetUp() override {
    for (Replica* replica : {&here_, &there_}) {
      replica->Make(clock_, Instruments("x"));
    }
  }

  // As Redis would: takes in the posts and answers everything that stands.
  void Exchange(Replica& replica) {
    const base::MonotonicTime now = clock_.Monotonic();
    for (const CooldownPost& post : replica.book->TakePosts()) {
      if (post.remaining.count() > 0) {
        stands_[post.name] = now + post.remaining;
      } else {
        stands_.erase(post.name);
      }
    }
    std::vector<CooldownPost> all;
    for (const auto& [name, over] : stands_) {
      if (over > now) all.push_back({name, std::chrono::ceil<milliseconds>(over - now)});
    }
    learned_ = replica.book->Learn(all);
  }

  void Answer(Replica& replica, uint32_t target, uint32_t key, int status, base::Duration retry_after = {}) {
    AttemptVerdict verdict;
    if (status == 401)
      verdict = {Outcome::kUpstreamAuth, NextStep::kNextTarget, CircuitResult::kNeutral, FailureKind::kKey};
    if (status == 429)
      verdict = {Outcome::kRateLimited, NextStep::kRetry, CircuitResult::kNeutral, FailureKind::kRateLimit};
    replica.targets[target]->LearnOfKey(key, verdict, status, retry_after, clock_.Monotonic());
  }

  Replica here_, there_;
  std::map<std::string, base::MonotonicTime> stands_;
  size_t learned_ = 0;
};

TEST_F(CooldownBookTest, ARefusedKeyRestsEverywhere) {
  Answer(here_, 0, 0, 401);
  EXPECT_EQ(here_.news, 1);
  Exchange(here_);
  EXPECT_EQ(learned_, 0u) << "its own";
  Exchange(there_);
  EXPECT_EQ(learned_, 1u);
  EXPECT_FALSE(there_.targets[0]->keys().Pick(clock_.Monotonic(), rng_));
  EXPECT_EQ(there_.targets[0]->keys().ReadyIn(clock_.Monotonic()), seconds(60));
  Exchange(there_);
  EXPECT_EQ(learned_, 0u) << "known by now";
  EXPECT_EQ(there_.news, 0) << "what was learned is not told again";
}

TEST_F(CooldownBookTest, ALimitedKeyRestsAndTheOtherIsTaken) {
  Answer(here_, 1, 1, 429, seconds(7));
  Exchange(here_);
  Exchange(there_);
  EXPECT_EQ(there_.targets[1]->keys().cooling(clock_.Monotonic()), 1u);
  EXPECT_EQ(there_.targets[1]->keys().Pick(clock_.Monotonic(), rng_), 0u);
  Answer(here_, 1, 0, 429, seconds(3));
  Exchange(here_);
  Exchange(there_);
  EXPECT_EQ(there_.targets[1]->circuit().state(), CircuitState::kOpen) << "no key is left";
}

TEST_F(CooldownBookTest, ALimitedTargetIsLeftAloneEverywhere) {
  Answer(here_, 0, 0, 429, seconds(5));
  Exchange(here_);
  Exchange(there_);
  ASSERT_EQ(there_.targets[0]->circuit().state(), CircuitState::kOpen);
  EXPECT_EQ(there_.targets[0]->circuit().OpenFor(), seconds(5));
  clock_.Advance(seconds(5));
  EXPECT_TRUE(there_.targets[0]->circuit().Admit());
}

TEST_F(CooldownBookTest, A429WithoutATimeIsNobodyElsesBusiness) {
  Answer(here_, 0, 0, 429);
  EXPECT_EQ(here_.news, 0);
}

TEST_F(CooldownBookTest, AKeyThatWorksAgainWorksEverywhere) {
  Answer(here_, 0, 0, 401);
  Exchange(here_);
  Exchange(there_);
  clock_.Advance(seconds(10));
  Answer(there_, 0, 0, 200);  // it was asked as a last resort
  Exchange(there_);
  Exchange(here_);
  EXPECT_TRUE(here_.targets[0]->keys().Pick(clock_.Monotonic(), rng_));
  EXPECT_TRUE(stands_.empty());
}

TEST_F(CooldownBookTest, WhatCouldNotBeSentIsSentLater) {
  Answer(here_, 0, 0, 401);
  const std::vector<CooldownPost> posts = here_.book->TakePosts();
  clock_.Advance(seconds(2));
  here_.book->PutBack({{posts.at(0).name, posts.at(0).remaining - seconds(2)}});
  Exchange(here_);
  Exchange(there_);
  EXPECT_EQ(there_.targets[0]->keys().ReadyIn(clock_.Monotonic()), seconds(58));
}

TEST_F(CooldownBookTest, NewerWordsGoBeforeThoseThatWereLeft) {
  Answer(here_, 0, 0, 401);
  const std::vector<CooldownPost> posts = here_.book->TakePosts();
  Answer(here_, 0, 0, 200);
  here_.book->PutBack(posts);
  Exchange(here_);
  EXPECT_TRUE(stands_.empty());
}

TEST_F(CooldownBookTest, NamesHoldNoKeyAndStrangersArePassedOver) {
  Answer(here_, 0, 0, 401);
  Exchange(here_);
  ASSERT_EQ(stands_.size(), 1u);
  EXPECT_EQ(stands_.begin()->first.find("key-of-one"), std::string::npos);
  EXPECT_TRUE(stands_.begin()->first.ends_with(":one"));
  stands_.clear();
  stands_["refused:0123456789abcdef:somebody-else"] = clock_.Monotonic() + seconds(9);
  stands_["nonsense"] = clock_.Monotonic() + seconds(9);
  Exchange(there_);
  EXPECT_EQ(learned_, 0u);
}

}  // namespace
}  // namespace portcullis::router
