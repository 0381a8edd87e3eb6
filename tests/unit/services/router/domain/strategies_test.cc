// What each strategy does over many requests, with a fake clock and a seeded generator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "services/router/domain/rendezvous.h"
#include "services/router/domain/weighted_schedule.h"
#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class StrategiesTest : public test::RouterFixture {
 protected:
  TargetSelector& selector() {
    if (!selector_) selector_ = std::make_unique<TargetSelector>(table(), clock_, random_);
    return *selector_;
  }

  uint32_t First(const CompletionRequest& request = Request()) {
    Candidates candidates = selector().Select(request);
    return candidates.Next().value();
  }

  std::vector<uint32_t> All(const CompletionRequest& request = Request()) {
    Candidates candidates = selector().Select(request);
    std::vector<uint32_t> order;
    while (const auto target = candidates.Next()) order.push_back(*target);
    return order;
  }

  // How often each target comes first.
  std::map<uint32_t, int> Count(int requests) {
    std::map<uint32_t, int> counts;
    for (int i = 0; i < requests; ++i) ++counts[First()];
    return counts;
  }

  base::SystemRng random_{42};
  std::unique_ptr<TargetSelector> selector_;
};

TEST_F(StrategiesTest, RoundRobinTakesTurns) {
  options_.strategy = Strategy::kRoundRobin;
  for (const char* id : {"a", "b", "c"}) AddTarget(id);
  const uint32_t start = First();
  for (uint32_t i = 1; i < 10; ++i) EXPECT_EQ(First(), (start + i) % 3);
  const uint32_t next = (start + 10) % 3;
  EXPECT_THAT(All(), ElementsAre(next, (next + 1) % 3, (next + 2) % 3));
}

TEST_F(StrategiesTest, AWeightedSplitIsExactOverItsWindowAndSmooth) {
  options_.strategy = Strategy::kWeightedRoundRobin;
  AddTarget("a").weight = 70;
  AddTarget("b").weight = 30;
  const auto counts = Count(10'000);
  EXPECT_EQ(counts.at(0), 7'000);
  EXPECT_EQ(counts.at(1), 3'000);
  int in_a_row = 0;
  for (int i = 0; i < 1'000; ++i) {
    in_a_row = First() == 1 ? in_a_row + 1 : 0;
    ASSERT_LE(in_a_row, 1);  // never twice the rarer one
  }
}

TEST_F(StrategiesTest, OtherWeightsHoldFromTheNextRequestOn) {
  options_.strategy = Strategy::kWeightedRoundRobin;
  for (const char* id : {"a", "b", "c"}) AddTarget(id);
  options_.groups.push_back({"pair", {"a", "b"}, {}, ""});
  EXPECT_EQ(Count(300), (std::map<uint32_t, int>{{0, 100}, {1, 100}, {2, 100}}));
  table().SetWeights({1, 8, 1});
  EXPECT_EQ(Count(100), (std::map<uint32_t, int>{{0, 10}, {1, 80}, {2, 10}}));
  int second = 0;
  for (int i = 0; i < 90; ++i) second += First(Request("pair")) == 1 ? 1 : 0;
  EXPECT_EQ(second, 80);
  EXPECT_EQ(table().Statuses(clock_.Monotonic())[1].weight, 8);
}

TEST_F(StrategiesTest, AWeightedWalkReachesEveryTargetOnce) {
  options_.strategy = Strategy::kWeightedRoundRobin;
  for (int i = 0; i < 30; ++i) AddTarget("t" + std::to_string(i)).weight = 1 + i * 7;
  for (int i = 0; i < 50; ++i) {
    const std::vector<uint32_t> order = All();
    ASSERT_EQ(order.size(), 30u);
    EXPECT_EQ(std::set<uint32_t>(order.begin(), order.end()).size(), 30u);
  }
}

TEST(WeightedSchedule, KeepsRatiosOfAnyKind) {
  EXPECT_THAT(WeightedSchedule({2, 1}), ElementsAre(0, 1, 0));
  EXPECT_EQ(WeightedSchedule({0.7, 0.3}).size(), 10u);
  EXPECT_EQ(WeightedSchedule({1, 1, 1}).size(), 3u);
  const auto odd = WeightedSchedule({3.14159, 0.001, 1e6});
  EXPECT_LE(odd.size(), size_t{kMaxSchedule} + 3);
  EXPECT_EQ(std::count(odd.begin(), odd.end(), 1u), 1);  // rare, not never
  EXPECT_TRUE(WeightedSchedule({}).empty());
}

TEST_F(StrategiesTest, LeastBusyTakesTheTargetWithTheFewestCalls) {
  options_.strategy = Strategy::kLeastBusy;
  for (const char* id : {"a", "b", "c"}) AddTarget(id);
  targets()[0]->AttemptStarted();
  targets()[1]->AttemptStarted();
  targets()[1]->AttemptStarted();
  for (int i = 0; i < 10; ++i) EXPECT_THAT(All(), ElementsAre(2, 0, 1));
  targets()[2]->AttemptStarted();
  const auto counts = Count(100);  // a tie of two
  EXPECT_EQ(counts.at(0) + counts.at(2), 100);
  EXPECT_GE(std::min(counts.at(0), counts.at(2)), 30);
}

TEST_F(StrategiesTest, LeastBusyOfManyAvoidsTheBusy) {
  options_.strategy = Strategy::kLeastBusy;
  for (int i = 0; i < 100; ++i) AddTarget("t" + std::to_string(i));
  for (int i = 0; i < 50; ++i) targets()[i]->AttemptStarted();
  int busy = 0;
  for (int i = 0; i < 1'000; ++i) busy += First() < 50 ? 1 : 0;
  EXPECT_LT(busy, 350);  // both of two drawn are busy: a quarter
}

TEST_F(StrategiesTest, RandomSpreadsEvenly) {
  options_.strategy = Strategy::kRandom;
  for (const char* id : {"a", "b", "c", "d"}) AddTarget(id);
  for (const auto& [target, count] : Count(8'000)) EXPECT_NEAR(count, 2'000, 200) << target;
  EXPECT_THAT(All(), UnorderedElementsAre(0, 1, 2, 3));
}

TEST_F(StrategiesTest, CostTakesTheCheapestForTheTokensAtHand) {
  options_.strategy = Strategy::kCost;
  AddTarget("unpriced");
  AddTarget("cheap-prompt").pricing = Pricing{1.0, 20.0};
  AddTarget("cheap-answer").pricing = Pricing{4.0, 4.0};
  CompletionRequest reading = Request();
  reading.estimated_prompt_tokens = 100'000;
  reading.max_output_tokens = 100;
  EXPECT_THAT(All(reading), ElementsAre(1, 2, 0));
  CompletionRequest writing = Request();
  writing.estimated_prompt_tokens = 100;
  writing.max_output_tokens = 4'000;
  EXPECT_THAT(All(writing), ElementsAre(2, 1, 0));
  EXPECT_EQ(First(), 2u);  // no limit: an answer of usual length is assumed
}

// Requests at `rate` per second, each answered after its target's latency; how many of them went to target 0.
class LatencyStrategyTest : public StrategiesTest {
 protected:
  LatencyStrategyTest() {
    options_.strategy = Strategy::kLatency;
    AddTarget("a");
    AddTarget("b");
  }

  double ShareOfFirst(seconds time, milliseconds first, milliseconds second, bool stream = false) {
    CompletionRequest request = Request();
    request.stream = stream;
    int requests = 0;
    int to_first = 0;
    for (const auto end = clock_.Monotonic() + time; clock_.Monotonic() < end; ++requests) {
      clock_.Advance(milliseconds(10));
      const uint32_t target = First(request);
      to_first += target == 0 ? 1 : 0;
      const auto latency = std::chrono::microseconds(target == 0 ? first : second).count();
      const double noise = 0.8 + 0.4 * random_.NextUnit();
      targets()[target]->latency(stream).Record(static_cast<uint64_t>(static_cast<double>(latency) * noise),
                                                clock_.Monotonic());
    }
    return static_cast<double>(to_first) / requests;
  }

  // The first target answers in 100 ms, every fifth time in 3 s; the second always in 300 ms.
  uint32_t PickOfRarelySlowAndSteady() {
    options_.latency.exploration = 0;
    for (int i = 0; i < 2'000; ++i) {
      clock_.Advance(milliseconds(20));
      targets()[0]->latency(false).Record(i % 5 == 0 ? 3'000'000 : 100'000, clock_.Monotonic());
      targets()[1]->latency(false).Record(300'000, clock_.Monotonic());
    }
    return First();
  }
};

TEST_F(LatencyStrategyTest, NineTenthsGoToATargetTwiceAsFastWithinFiveSecondsOfAChangeAndItFindsBack) {
  ShareOfFirst(seconds(5), milliseconds(100), milliseconds(200));
  EXPECT_GT(ShareOfFirst(seconds(5), milliseconds(100), milliseconds(200)), 0.9);
  ShareOfFirst(seconds(5), milliseconds(200), milliseconds(100));
  EXPECT_LT(ShareOfFirst(seconds(5), milliseconds(200), milliseconds(100)), 0.1);
  ShareOfFirst(seconds(5), milliseconds(100), milliseconds(200));
  EXPECT_GT(ShareOfFirst(seconds(5), milliseconds(100), milliseconds(200)), 0.9);
}

TEST_F(LatencyStrategyTest, ATargetThatRecoversIsFoundThoughTheOtherDidNotChange) {
  ShareOfFirst(seconds(10), milliseconds(400), milliseconds(100));
  ShareOfFirst(seconds(5), milliseconds(50), milliseconds(100));
  EXPECT_GT(ShareOfFirst(seconds(5), milliseconds(50), milliseconds(100)), 0.9);
}

TEST_F(LatencyStrategyTest, StreamsHaveFiguresOfTheirOwn) {
  ShareOfFirst(seconds(5), milliseconds(100), milliseconds(300));
  ShareOfFirst(seconds(5), milliseconds(300), milliseconds(100), true);
  EXPECT_GT(ShareOfFirst(seconds(2), milliseconds(100), milliseconds(300)), 0.9);
  EXPECT_LT(ShareOfFirst(seconds(2), milliseconds(300), milliseconds(100), true), 0.1);
}

TEST_F(LatencyStrategyTest, EqualsTakeTurnsAndTheUnknownAreTried) {
  EXPECT_NEAR(ShareOfFirst(seconds(10), milliseconds(100), milliseconds(101)), 0.5, 0.2);
}

TEST_F(LatencyStrategyTest, BelowMinSamplesALatencyIsNotBelieved) {
  options_.latency.min_samples = 5;
  options_.latency.exploration = 0;
  for (int i = 0; i < 10; ++i) targets()[0]->latency(false).Record(1'000, clock_.Monotonic());
  for (int i = 0; i < 4; ++i) targets()[1]->latency(false).Record(900'000, clock_.Monotonic());
  EXPECT_GT(Count(100)[1], 40) << "slow as it seems, it is tried";
  targets()[1]->latency(false).Record(900'000, clock_.Monotonic());
  clock_.Advance(TargetSelector::kRankingLife);
  EXPECT_EQ(Count(100)[0], 100);
}

TEST_F(LatencyStrategyTest, TheMedianOverlooksRareSlowAnswers) { EXPECT_EQ(PickOfRarelySlowAndSteady(), 0u); }

TEST_F(LatencyStrategyTest, AHighQuantilePunishesRareSlowAnswers) {
  options_.latency.quantile = 0.95;
  EXPECT_EQ(PickOfRarelySlowAndSteady(), 1u);
}

TEST_F(LatencyStrategyTest, WhatAPredecessorLearnedIsBelieved) {
  LatencyEstimate before(0.5, seconds(5)), after(0.5, seconds(5));
  before.Record(1'000, clock_.Monotonic());
  after.Restore(before.Save());
  EXPECT_TRUE(after.HasSamples(LatencyEstimate::kMostCounted));
  EXPECT_FALSE(before.HasSamples(2));
}

TEST_F(StrategiesTest, CostKnowsListPrices) {
  options_.strategy = Strategy::kCost;
  AddTarget("a").pricing = Pricing{1, 1};
  TargetOptions& listed = AddTarget("b");
  listed.provider = "mistral";
  listed.model = "mistral-small-2506";  // 0.1 and 0.3
  EXPECT_EQ(First(), 1u);
}

TEST_F(StrategiesTest, StatusesNameTheGroupsOfATarget) {
  AddTarget("a");
  AddTarget("b");
  options_.groups = {{"chat", {"a", "b"}, {"gpt-4o"}, ""}, {"small", {"b", "nobody"}, {}, ""}};
  const std::vector<TargetStatus> statuses = table().Statuses(clock_.Monotonic());
  EXPECT_THAT(statuses[0].groups, ElementsAre("chat", "gpt-4o"));
  EXPECT_THAT(statuses[1].groups, ElementsAre("chat", "gpt-4o", "small"));
}

TEST(LatencyEstimate, FollowsAChangeAtAnyRate) {
  for (const milliseconds gap : {milliseconds(1), milliseconds(50), milliseconds(500)}) {
    test::FakeClock clock;
    LatencyEstimate estimate(0.5, seconds(5));
    EXPECT_EQ(estimate.micros(), 0);
    estimate.Record(100'000, clock.Monotonic());
    EXPECT_NEAR(estimate.micros(), 100'000, 100);
    for (base::Duration passed{}; passed < seconds(5); passed += gap) {
      clock.Advance(gap);
      estimate.Record(10'000, clock.Monotonic());
    }
    EXPECT_LT(estimate.micros(), 11'000) << gap.count();
  }
}

TEST(LatencyEstimate, AnOutlierDoesLittle) {
  test::FakeClock clock;
  LatencyEstimate estimate(0.5, seconds(5));
  estimate.Record(10'000, clock.Monotonic());
  clock.Advance(seconds(60));
  estimate.Record(10'000'000, clock.Monotonic());
  EXPECT_LT(estimate.micros(), 13'600);
}

TEST(LatencyEstimate, RestsWhereTheQuantileIs) {
  for (const double quantile : {0.2, 0.5, 0.9, 0.95}) {
    test::FakeClock clock;
    base::SystemRng rng(1);
    LatencyEstimate estimate(quantile, seconds(5));
    double sum = 0;
    for (int i = 0; i < 40'000; ++i) {
      clock.Advance(milliseconds(10));
      estimate.Record(static_cast<uint64_t>(10'000 + 100'000 * rng.NextUnit()), clock.Monotonic());
      if (i >= 10'000) sum += estimate.micros();
    }
    const double expected = 10'000 + 100'000 * quantile;
    EXPECT_NEAR(sum / 30'000, expected, expected / 20) << quantile;
  }
}

class AbTest : public StrategiesTest {
 protected:
  AbTest() {
    for (const char* id : {"a", "b", "c"}) AddTarget(id);
    options_.ab_test.enabled = true;
    options_.ab_test.variants = {{"a", 70}, {"b", 30}};
  }

  static CompletionRequest Of(const std::string& user) {
    CompletionRequest request = Request("a-model");
    request.context.user = user;
    return request;
  }
};

TEST_F(AbTest, AUserKeepsItsVariantAndTheSharesAreTheWeights) {
  int to_a = 0;
  for (int user = 0; user < 10'000; ++user) {
    const CompletionRequest request = Of("user-" + std::to_string(user));
    const uint32_t variant = First(request);
    ASSERT_EQ(First(request), variant);
    ASSERT_LT(variant, 2u);
    to_a += variant == 0 ? 1 : 0;
  }
  EXPECT_NEAR(to_a, 7'000, 200);
}

TEST_F(AbTest, TheVariantIsToldAndTheOthersFollow) {
  const CompletionRequest request = Of("somebody");
  Candidates candidates = selector().Select(request);
  const uint32_t first = *candidates.Next();
  EXPECT_EQ(candidates.variant(), targets()[first]->options().id);
  EXPECT_THAT(All(request), UnorderedElementsAre(0, 1, 2));
}

TEST_F(AbTest, WithoutAKeyTheSharesHoldForRequests) {
  int to_a = 0;
  for (int i = 0; i < 10'000; ++i) to_a += First(Of("")) == 0 ? 1 : 0;
  EXPECT_NEAR(to_a, 7'000, 200);
}

TEST_F(AbTest, WhoNamesATargetIsNotPartOfIt) {
  const CompletionRequest request = Request("c");
  Candidates candidates = selector().Select(request);
  EXPECT_EQ(candidates.Next(), 2u);
  EXPECT_EQ(candidates.variant(), "");
}

TEST(Rendezvous, AnotherWeightMovesOnlyWhoHasTo) {
  const std::vector<AbVariant> before = {{"a", 1}, {"b", 1}};
  const std::vector<AbVariant> after = {{"a", 1}, {"b", 3}};
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (RendezvousChoice(key, before) == 1) {
      EXPECT_EQ(RendezvousChoice(key, after), 1u);
    }
  }
}

}  // namespace
}  // namespace portcullis::router
