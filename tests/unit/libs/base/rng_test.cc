#include "libs/base/rng.h"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::base {
namespace {

// Against a second implementation: SplitMix64 from seed 0 gives the state (Vigna's test vector begins
// e220a8397b1dcdaf), then xoshiro256** its first output: rotl(s1 * 5, 7) * 9.
TEST(SystemRngTest, IsXoshiro256StarStar) {
  const uint64_t state[4] = {0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec};
  const uint64_t product = state[1] * 5;
  SystemRng rng(0);
  EXPECT_EQ(rng.Next(), ((product << 7) | (product >> 57)) * 9);
  const uint64_t s1 = state[1] ^ state[2] ^ state[0];  // the state's second word after one step
  const uint64_t second = s1 * 5;
  EXPECT_EQ(rng.Next(), ((second << 7) | (second >> 57)) * 9);
}

TEST(SystemRngTest, RepeatsFromASeedAndDiffersWithoutOne) {
  SystemRng a(7), b(7), c(8), d, e;
  const uint64_t first = a.Next();
  EXPECT_EQ(first, b.Next());
  EXPECT_NE(first, c.Next());
  EXPECT_NE(d.Next(), e.Next());
}

TEST(SystemRngTest, UnitsFillTheIntervalEvenly) {
  SystemRng rng(42);
  std::vector<int> tenths(10);
  for (int i = 0; i < 100000; ++i) {
    const double unit = rng.NextUnit();
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    ++tenths[static_cast<size_t>(unit * 10)];
  }
  for (const int count : tenths) EXPECT_NEAR(count, 10000, 500);  // five standard deviations
}

class Extreme final : public Rng {
 public:
  uint64_t Next() override { return ~uint64_t{0}; }
};

TEST(RngTest, TheLargestUnitIsBelowOne) { EXPECT_LT(Extreme().NextUnit(), 1); }

}  // namespace
}  // namespace portcullis::base
