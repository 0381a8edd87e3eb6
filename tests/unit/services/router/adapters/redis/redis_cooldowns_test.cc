// Two replicas and a real redis-server.
#include "services/router/adapters/redis/redis_cooldowns.h"

#include <gtest/gtest.h>

#include "libs/testing/wait.h"
#include "services/router/domain/target_state.h"
#include "tests/unit/services/router/domain/router_fixture.h"
#include "tests/unit/services/router/support/redis_server.h"

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::WaitUntil;

class RedisCooldownsTest : public ::testing::Test {
 protected:
  struct Replica {
    explicit Replica(const RedisCooldownsOptions& options) {
      TargetOptions target;
      target.id = "one";
      target.api_key = "key-of-one";
      target.key_cooldown = seconds(3600);
      router.targets.push_back(target);
      TargetInstruments instruments;
      for (auto& counter : instruments.attempts) counter = &metrics.AddCounter({"a", {}, "", ""}, {});
      instruments.keys_refused = &metrics.AddCounter({"refused", {}, "", ""}, {});
      instruments.keys_limited = &metrics.AddCounter({"limited", {}, "", ""}, {});
      targets.push_back(std::make_unique<TargetState>(target, router, clock, nullptr, instruments));
      const RedisInstruments redis = {
          &metrics.AddGauge({"up", {}, "", ""}, {}), &metrics.AddCounter({"errors", {}, "", ""}, {}),
          &metrics.AddCounter({"told", {}, "", ""}, {}), &metrics.AddCounter({"learned", {}, "", ""}, {})};
      shared = std::make_unique<RedisCooldowns>(options, targets, clock, redis, logger);
      targets[0]->ShareCooldowns(0, shared->share());
      shared->Start();
    }

    bool KeyRests() { return targets[0]->keys().cooling(clock.Monotonic()) == 1; }
    double Value(const char* name) { return metrics.Value(name, {}); }

    void Refuse() {
      Learn({Outcome::kUpstreamAuth, NextStep::kNextTarget, CircuitResult::kNeutral, FailureKind::kKey}, 401);
    }
    void Work() { Learn({}, 200); }
    void Learn(const AttemptVerdict& verdict, int status) {
      targets[0]->LearnOfKey(0, verdict, status, {}, clock.Monotonic());
    }

    base::SystemClock clock;
    test::RecordingMetrics metrics;
    test::RecordingLogger logger;
    RouterOptions router;
    TargetTable targets;
    std::unique_ptr<RedisCooldowns> shared;
  };

  static RedisCooldownsOptions Options(uint16_t port) {
    RedisCooldownsOptions options;
    options.address.host = "127.0.0.1";
    options.address.port = port;
    options.interval = milliseconds(20);
    return options;
  }
};

TEST_F(RedisCooldownsTest, WhatOneReplicaSeesTheOtherRespects) {
  test::RedisServer redis;
  Replica here(Options(redis.port())), there(Options(redis.port()));
  here.Refuse();
  ASSERT_TRUE(WaitUntil([&] { return there.KeyRests(); }));
  // Each counts when its own exchange has ended, which the other may be ahead of.
  EXPECT_TRUE(WaitUntil([&] { return here.Value("told") == 1; }));
  EXPECT_TRUE(WaitUntil([&] { return there.Value("learned") == 1 && there.Value("up") == 1; }));
  there.Work();
  EXPECT_TRUE(WaitUntil([&] { return !here.KeyRests(); }));
}

TEST_F(RedisCooldownsTest, AReplicaThatStartsLaterLearnsWhatStands) {
  test::RedisServer redis;
  Replica here(Options(redis.port()));
  here.Refuse();
  ASSERT_TRUE(WaitUntil([&] { return here.Value("told") == 1; }));
  Replica late(Options(redis.port()));
  EXPECT_TRUE(WaitUntil([&] { return late.KeyRests(); }));
}

TEST_F(RedisCooldownsTest, WhileRedisIsAwayEachDecidesAloneAndItIsToldAfterwards) {
  test::RedisServer redis;
  Replica here(Options(redis.port())), there(Options(redis.port()));
  ASSERT_TRUE(WaitUntil([&] { return here.Value("up") == 1 && there.Value("up") == 1; }));
  redis.Stop();
  ASSERT_TRUE(WaitUntil([&] { return here.Value("up") == 0 && here.Value("errors") >= 2; }));
  here.Refuse();
  EXPECT_TRUE(here.KeyRests());
  EXPECT_FALSE(there.KeyRests());
  redis.Start();
  EXPECT_TRUE(WaitUntil([&] { return there.KeyRests(); }));
  EXPECT_TRUE(WaitUntil([&] { return here.Value("up") == 1; }));
  EXPECT_EQ(here.logger.Count("shared state is away"), 1u) << "one line for an outage";
  EXPECT_EQ(here.logger.Count("shared state is back"), 1u);
}

TEST_F(RedisCooldownsTest, GroupsOfReplicasAreKeptApartByTheirPrefix) {
  test::RedisServer redis;
  RedisCooldownsOptions other = Options(redis.port());
  other.prefix = "other";
  Replica here(Options(redis.port())), stranger(other), friendly(Options(redis.port()));
  here.Refuse();
  ASSERT_TRUE(WaitUntil([&] { return friendly.KeyRests(); }));
  EXPECT_FALSE(stranger.KeyRests());
}

TEST_F(RedisCooldownsTest, APasswordIsSentAndAWrongOneIsTold) {
  test::RedisServer redis({"--requirepass", "planted-password"});
  RedisCooldownsOptions right = Options(redis.port());
  right.address.password = "planted-password";
  right.address.database = 1;
  Replica good(right);
  EXPECT_TRUE(WaitUntil([&] { return good.Value("up") == 1; }));
  RedisCooldownsOptions wrong = Options(redis.port());
  wrong.address.password = "planted-mistake";
  Replica bad(wrong);
  EXPECT_TRUE(WaitUntil([&] { return bad.Value("errors") >= 1; }));
  EXPECT_TRUE(bad.logger.Contains("shared state is away"));
  EXPECT_FALSE(bad.logger.Contains("planted-mistake"));
}

TEST_F(RedisCooldownsTest, AServerThatIsNotThereDoesNotHoldUpTheEnd) {
  Replica alone(Options(1));
  EXPECT_TRUE(WaitUntil([&] { return alone.Value("errors") >= 1; }));
  alone.Refuse();
  EXPECT_TRUE(alone.KeyRests());
}

}  // namespace
}  // namespace portcullis::router
