#include "services/router/domain/retry_policy.h"

#include <gtest/gtest.h>

#include "tests/unit/services/router/support/fakes.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RetryPolicyTest : public ::testing::Test {
 protected:
  std::optional<base::Duration> Wait(int attempts, double unit, base::Duration retry_after = {},
                                     std::optional<base::Duration> remaining = std::nullopt) {
    test::FakeRng rng(unit);
    return RetryPolicy(options_, {}).Wait(attempts, retry_after, remaining, rng);
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
  EXPECT_EQ(Wait(1, 0.5, seconds(2)), seconds(2));
  EXPECT_EQ(Wait(1, 0.5, seconds(8)), seconds(8));
  EXPECT_FALSE(Wait(1, 0.5, seconds(9)));
  EXPECT_FALSE(Wait(1, 0.5, base::Duration::max()));
  EXPECT_EQ(Wait(6, 0.5, seconds(1)), milliseconds(4000));
  options_.respect_retry_after = false;
  EXPECT_EQ(Wait(1, 0.5, seconds(9)), milliseconds(125));
}

TEST_F(RetryPolicyTest, NeverWaitsBeyondTheDeadline) {
  EXPECT_TRUE(Wait(1, 0.5, {}, milliseconds(126)));
  EXPECT_FALSE(Wait(1, 0.5, {}, milliseconds(125)));
  EXPECT_FALSE(Wait(1, 0.5, seconds(2), seconds(1)));
}

AttemptVerdict Judged(int status, TransportError error = TransportError::kNone) {
  UpstreamResult result;
  result.http_status = status;
  result.error = error;
  return JudgeAttempt(result, TargetOptions{}, false);
}

TEST(RetryReasons, OnlyWhatIsNamedIsRepeated) {
  RetryOptions options;
  options.reasons = {{429, 503}, false, true};
  const RetryPolicy policy(options, {});
  EXPECT_TRUE(policy.Repeats(Judged(429), 429));
  EXPECT_TRUE(policy.Repeats(Judged(503), 503));
  EXPECT_FALSE(policy.Repeats(Judged(500), 500));
  EXPECT_FALSE(policy.Repeats(Judged(0, TransportError::kTimeout), 0));
  EXPECT_TRUE(policy.Repeats(Judged(0, TransportError::kConnect), 0));
  EXPECT_TRUE(policy.Repeats(Judged(200, TransportError::kCut), 200));
  EXPECT_FALSE(policy.Repeats(Judged(401), 401));
  EXPECT_FALSE(policy.Repeats(Judged(400), 400));
}

TEST(FallbackTriggers, OnlyWhatIsNamedMovesOn) {
  FallbackOptions options;
  options.timeout = options.connection_error = options.key_refused = false;
  const RetryPolicy policy({}, options);
  EXPECT_TRUE(policy.MovesOn(Judged(429)));
  EXPECT_TRUE(policy.MovesOn(Judged(500)));
  EXPECT_FALSE(policy.MovesOn(Judged(401)));
  EXPECT_FALSE(policy.MovesOn(Judged(400)));
  EXPECT_FALSE(policy.MovesOn(Judged(0, TransportError::kTimeout)));
  EXPECT_FALSE(policy.MovesOn(Judged(0, TransportError::kConnect)));
  options.enabled = false;
  EXPECT_FALSE(RetryPolicy({}, options).MovesOn(Judged(500)));
}

}  // namespace
}  // namespace portcullis::router
