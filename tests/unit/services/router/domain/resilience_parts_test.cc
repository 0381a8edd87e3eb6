// The small parts: keys, budgets, headers, the window of errors.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "services/router/domain/call_budget.h"
#include "services/router/domain/error_window.h"
#include "services/router/domain/key_pool.h"
#include "services/router/domain/rate_limit_headers.h"
#include "tests/unit/services/router/support/fakes.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KeyPoolTest : public ::testing::Test {
 protected:
  KeyPoolTest() { options_.keys = {{"k0", "", 3}, {"k1", "", 1}}; }

  std::map<uint32_t, int> Count(const KeyPool& pool, int picks) {
    std::map<uint32_t, int> counts;
    for (int i = 0; i < picks; ++i) ++counts[pool.Pick(clock_.Monotonic(), rng_).value()];
    return counts;
  }

  test::FakeClock clock_;
  base::SystemRng rng_{7};
  TargetOptions options_;
};

TEST_F(KeyPoolTest, KeysArePickedByTheirWeights) {
  const KeyPool pool(options_);
  EXPECT_NEAR(Count(pool, 8'000).at(0), 6'000, 200);
}

TEST_F(KeyPoolTest, ACoolingKeyIsLeftAloneUntilItsTime) {
  KeyPool pool(options_);
  pool.CoolDown(0, seconds(10), true, clock_.Monotonic());
  EXPECT_EQ(Count(pool, 100).at(1), 100);
  EXPECT_EQ(pool.cooling(clock_.Monotonic()), 1u);
  clock_.Advance(seconds(10));
  EXPECT_GT(Count(pool, 100)[0], 0);
}

TEST_F(KeyPoolTest, WhenAllAreRefusedThereIsNone) {
  KeyPool pool(options_);
  for (uint32_t key : {0u, 1u}) pool.CoolDown(key, seconds(10 + key), true, clock_.Monotonic());
  EXPECT_FALSE(pool.Pick(clock_.Monotonic(), rng_));
  EXPECT_EQ(pool.ReadyIn(clock_.Monotonic()), seconds(10));
  pool.Worked(1);
  EXPECT_EQ(pool.Pick(clock_.Monotonic(), rng_), 1u);
}

TEST_F(KeyPoolTest, WhenAllAreLimitedTheSoonestReadyOneIsTaken) {
  KeyPool pool(options_);
  pool.CoolDown(0, seconds(9), false, clock_.Monotonic());
  pool.CoolDown(1, seconds(5), false, clock_.Monotonic());
  EXPECT_EQ(pool.Pick(clock_.Monotonic(), rng_), 1u);
}

TEST_F(KeyPoolTest, ATargetMayNeedNoKey) {
  options_.keys.clear();
  EXPECT_FALSE(KeyPool(options_).available());
  options_.api_key_required = false;
  KeyPool pool(options_);
  EXPECT_TRUE(pool.available());
  EXPECT_EQ(pool.Pick(clock_.Monotonic(), rng_), 0u);
  pool.CoolDown(0, seconds(1), true, clock_.Monotonic());
  EXPECT_EQ(pool.Pick(clock_.Monotonic(), rng_), 0u);
}

TEST(CallBudget, AllowsAShareOfTheCallsAndAFloor) {
  test::FakeClock clock;
  CallBudget budget(20, 0, clock.Monotonic());
  EXPECT_FALSE(budget.Take(clock.Monotonic()));
  int taken = 0;
  for (int i = 0; i < 1'000; ++i) {
    budget.OnCall(clock.Monotonic());
    taken += budget.Take(clock.Monotonic()) ? 1 : 0;
  }
  EXPECT_NEAR(taken, 200, 1);
  CallBudget floor(0, 1, clock.Monotonic());
  taken = 0;
  for (int i = 0; i < 100; ++i) taken += floor.Take(clock.Monotonic()) ? 1 : 0;
  EXPECT_EQ(taken, 10);
  clock.Advance(seconds(2));
  EXPECT_TRUE(floor.Take(clock.Monotonic()));
  EXPECT_FALSE(floor.Take(clock.Monotonic()));
}

TEST(CallBudget, OldCallsAreForgotten) {
  test::FakeClock clock;
  CallBudget budget(100, 0, clock.Monotonic());
  for (int i = 0; i < 100; ++i) budget.OnCall(clock.Monotonic());
  clock.Advance(seconds(100));
  EXPECT_FALSE(budget.Take(clock.Monotonic()));
}

milliseconds Asked(seconds retry_after, std::map<std::string, std::string> headers) {
  return WaitAskedFor(retry_after,
                      [&headers](const char* name) -> std::string_view { return headers[name]; });
}

TEST(RateLimitHeaders, TheMostPreciseOneCounts) {
  EXPECT_EQ(Asked(seconds(0), {}), milliseconds(0));
  EXPECT_EQ(Asked(seconds(3), {{"ratelimitbysize-reset", "38"}}), seconds(3));
  EXPECT_EQ(Asked(seconds(3), {{"retry-after-ms", "250"}}), milliseconds(250));
  EXPECT_EQ(Asked(seconds(0), {{"ratelimitbysize-reset", "38"}}), seconds(38));
  EXPECT_EQ(Asked(seconds(0), {{"x-ratelimit-remaining-requests", "0"},
                               {"x-ratelimit-reset-requests", "120ms"},
                               {"x-ratelimit-remaining-tokens", "90"},
                               {"x-ratelimit-reset-tokens", "6m0s"}}),
            milliseconds(120));
  EXPECT_EQ(Asked(seconds(0), {{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "6m0s"}}),
            seconds(360));
  EXPECT_EQ(Asked(seconds(0), {{"x-ratelimit-reset-requests", "1s"}}), milliseconds(0));
  EXPECT_EQ(Asked(seconds(9'999'999), {}), std::chrono::hours(24));
}

TEST(RateLimitHeaders, ParsesDurations) {
  EXPECT_EQ(ParseWait("1h2m3.5s"), seconds(3723) + milliseconds(500));
  EXPECT_EQ(ParseWait("7"), seconds(7));
  EXPECT_EQ(ParseWait("0.5"), milliseconds(500));
  for (const char* bad : {"", "s", "1x", "-1s", "1s2", "nan", "inf", "1e99s", "99999999999s"}) {
    EXPECT_FALSE(ParseWait(bad)) << bad;
  }
}

TEST(ErrorWindow, CountsOnlyTheWindowAndLosesNothingBetweenThreads) {
  test::FakeClock clock;
  ErrorWindow window(seconds(8));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1'000; ++i) window.Add(i % 4 == 0, clock.Monotonic());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(window.Count(clock.Monotonic()).calls, 4'000u);
  EXPECT_DOUBLE_EQ(window.Count(clock.Monotonic()).Rate(), 0.25);
  clock.Advance(seconds(4));
  window.Add(true, clock.Monotonic());
  EXPECT_EQ(window.Count(clock.Monotonic()).calls, 4'001u);
  clock.Advance(seconds(5));
  EXPECT_EQ(window.Count(clock.Monotonic()).calls, 1u);
  clock.Advance(seconds(800));
  EXPECT_EQ(window.Count(clock.Monotonic()).calls, 0u);
}

}  // namespace
}  // namespace portcullis::router
