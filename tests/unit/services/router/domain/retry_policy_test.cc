#include "services/router/domain/retry_policy.h"

#include <gtest/gtest.h>

#include "tests/unit/services/router/support/fakes.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RetryPolicyTest : public ::testing::Test {
 protected:
  std::optional<base::Duration> Wait(int attempts, double unit, int64_t retry_after = 0,
                                     std::optional<base::Duration> remaining = std::nullopt) {
    test::FakeRng rng(unit);
    return RetryPolicy(options_).Wait(attempts, retry_after, remaining, rng);
  }

  RetryOptions options_{.max_attempts = 100};
};

TEST_F(RetryPolicyTest, TheCeilingDoublesUpToTheLimitAndJitterIsFull) {
  EXPECT_EQ(Wait(1, 0.0), base::Duration::zero());
  EXPECT_EQ(Wait(1, 0.5), milliseconds(125));
  EXPECT_EQ(Wait(2, 0.5), milliseconds(250));
  EXPECT_EQ(Wait(3, 0.5), milliseconds(500));
  EXPECT_EQ(Wait(6, 0.5), milliseconds(4000));
  EXPECT_EQ(Wait(7, 0.5), milliseconds(4000));
  EXPECT_EQ(Wait(99, 0.5), milliseconds(4000));
}

TEST_F(RetryPolicyTest, EndsAtTheGreatestNumberOfAttempts) {
  options_.max_attempts = 3;
  EXPECT_TRUE(Wait(2, 0.5));
  EXPECT_FALSE(Wait(3, 0.5));
}

TEST_F(RetryPolicyTest, WaitsAsLongAsTheProviderSays) {
  EXPECT_EQ(Wait(1, 0.5, 2), seconds(2));
  EXPECT_EQ(Wait(1, 0.5, 8), seconds(8));
  EXPECT_FALSE(Wait(1, 0.5, 9));
  EXPECT_FALSE(Wait(1, 0.5, INT64_MAX));
  EXPECT_EQ(Wait(6, 0.5, 1), milliseconds(4000));
  options_.respect_retry_after = false;
  EXPECT_EQ(Wait(1, 0.5, 9), milliseconds(125));
}

TEST_F(RetryPolicyTest, NeverWaitsBeyondTheDeadline) {
  EXPECT_TRUE(Wait(1, 0.5, 0, milliseconds(126)));
  EXPECT_FALSE(Wait(1, 0.5, 0, milliseconds(125)));
  EXPECT_FALSE(Wait(1, 0.5, 2, seconds(1)));
}

}  // namespace
}  // namespace portcullis::router
