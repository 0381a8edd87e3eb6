#include "services/router/domain/health_prober.h"

#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using std::chrono::seconds;

class HealthProberTest : public test::RouterFixture {
 protected:
  HealthProberTest() {
    AddTarget("a").health_probe.enabled = true;
    AddTarget("unprobed");
    AddTarget("no-key").health_probe.enabled = true;
    options_.targets[2].api_key = "";
    options_.circuit_breaker.failure_threshold = 1;
    options_.circuit_breaker.recovery_timeout = seconds(10);
    options_.circuit_breaker.half_open_max_requests = 1;
  }

  HealthProber& Started() {
    prober_ = std::make_unique<HealthProber>(targets(), max_per_provider_, upstream_, timers_, clock_, rng_,
                                             logger_);
    prober_->Start();
    return *prober_;
  }

  bool healthy() { return targets()[0]->health().healthy(); }

  uint32_t max_per_provider_ = 4;
  std::unique_ptr<HealthProber> prober_;
};

TEST_F(HealthProberTest, ProbesInItsRhythm) {
  Started();
  EXPECT_EQ(timers_.NextDelay(), seconds(15));  // half of the first interval, as the generator says
  timers_.Advance(seconds(15));
  ASSERT_EQ(upstream_.count(), 1u);
  EXPECT_EQ(upstream_.last().request().path, UpstreamPath::kModels);
  EXPECT_EQ(upstream_.last().request().target, 0u);
  EXPECT_EQ(upstream_.last().request().timeout, seconds(5));
  EXPECT_FALSE(timers_.NextDelay());  // one at a time
  upstream_.last().AnswerOk();
  EXPECT_EQ(metrics_.Value("probes", {}), 1);
  rng_.set_unit(0.0);
  EXPECT_EQ(timers_.NextDelay(), seconds(27));
  timers_.Advance(seconds(27));
  clock_.Advance(seconds(4));  // the probe's own time is part of the interval
  upstream_.last().AnswerOk();
  EXPECT_EQ(timers_.NextDelay(), seconds(20));
}

TEST_F(HealthProberTest, FailuresMakeUnhealthyAndRateLimitsSayNothing) {
  Started();
  timers_.Advance(seconds(40));
  upstream_.last().AnswerStatus(503);
  EXPECT_TRUE(healthy());
  timers_.Advance(seconds(40));
  upstream_.last().AnswerStatus(429);
  EXPECT_TRUE(healthy());
  timers_.Advance(seconds(40));
  upstream_.last().Fail(TransportError::kTimeout);
  EXPECT_FALSE(healthy());
  EXPECT_TRUE(logger_.Contains("target is unhealthy target=a"));
  EXPECT_NE(targets()[0]->Status(clock_.Monotonic()).last_error, "");
  timers_.Advance(seconds(40));
  upstream_.last().AnswerStatus(401);
  EXPECT_FALSE(healthy());
  timers_.Advance(seconds(40));
  upstream_.last().AnswerOk();
  EXPECT_TRUE(healthy());
}

TEST_F(HealthProberTest, AProbeIsATrialOfAnOpenCircuit) {
  Started();
  CircuitBreaker& circuit = targets()[0]->circuit();
  circuit.Report(*circuit.Admit(), CircuitResult::kFailure, "");
  ASSERT_EQ(circuit.state(), CircuitState::kOpen);
  timers_.Advance(seconds(40));
  EXPECT_EQ(circuit.state(), CircuitState::kHalfOpen);
  upstream_.last().AnswerOk();
  EXPECT_EQ(circuit.state(), CircuitState::kClosed);
}

TEST_F(HealthProberTest, AnOutageShowsWithinIntervalTimesThresholdPlusTimeout) {
  rng_.set_unit(0.999999);  // the longest waits
  Started();
  timers_.Advance(seconds(30));
  upstream_.last().AnswerOk();  // just before the outage
  base::Duration passed{};
  while (healthy()) {
    const base::Duration wait = *timers_.NextDelay();
    timers_.Advance(wait);
    timers_.Advance(seconds(5));  // the time-out
    passed += wait + seconds(5);
    upstream_.last().Fail(TransportError::kTimeout);
  }
  EXPECT_LE(passed, seconds(30) * 2 + seconds(5));
}

TEST_F(HealthProberTest, OtherKindsOfProbes) {
  options_.targets[0].health_probe.kind = ProbeKind::kCompletion;
  options_.targets[1].health_probe.enabled = true;
  options_.targets[1].health_probe.kind = ProbeKind::kPath;
  Started();
  timers_.Advance(seconds(15));
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.attempt(0).request().path, UpstreamPath::kChatCompletions);
  EXPECT_EQ(upstream_.attempt(0).body(),
            R"({"model":"a-model","messages":[{"role":"user","content":"ping"}],"max_tokens":1})");
  EXPECT_EQ(upstream_.attempt(1).request().path, UpstreamPath::kProbe);
}

TEST_F(HealthProberTest, AProviderIsNotAskedByMoreThanTheLimitAtOnce) {
  max_per_provider_ = 1;
  options_.targets[1].health_probe.enabled = true;
  Started();
  timers_.Advance(seconds(15));
  ASSERT_EQ(upstream_.count(), 1u);
  upstream_.attempt(0).AnswerOk();
  ASSERT_EQ(upstream_.count(), 2u);
  EXPECT_EQ(upstream_.last().request().target, 1u);
}

TEST_F(HealthProberTest, StoppingDropsTheProbeUnderWay) {
  HealthProber& prober = Started();
  timers_.Advance(seconds(40));
  prober.Stop();
  EXPECT_TRUE(upstream_.last().released());
  EXPECT_FALSE(timers_.NextDelay());
}

}  // namespace
}  // namespace portcullis::router
