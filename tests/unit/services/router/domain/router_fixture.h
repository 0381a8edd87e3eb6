// A router of fakes, for the tests of the domain.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "services/router/domain/router.h"
#include "services/router/domain/target_state.h"
#include "tests/unit/services/router/support/fakes.h"

namespace portcullis::router::test {

class RouterFixture : public ::testing::Test {
 protected:
  // Before the first use of targets() or router().
  TargetOptions& AddTarget(std::string id) {
    TargetOptions& target = options_.targets.emplace_back();
    target.id = id;
    target.model = id + "-model";
    target.api_key = "key-of-" + id;
    return target;
  }

  TargetTable& targets() {
    if (targets_.empty()) {
      for (const TargetOptions& target : options_.targets) {
        targets_.push_back(
            std::make_unique<TargetState>(target, options_.circuit_breaker, clock_, nullptr, Instruments()));
      }
    }
    return targets_;
  }

  Router& router() {
    if (!router_) {
      router_ = std::make_unique<Router>(options_, targets(), upstream_, timers_, clock_, rng_);
    }
    return *router_;
  }

  static CompletionRequest Request(std::string model = "") {
    CompletionRequest request;
    request.body = R"({"n":1})";
    request.model = std::move(model);
    return request;
  }

  TargetInstruments Instruments() {
    TargetInstruments instruments;
    for (auto& counter : instruments.attempts) counter = &metrics_.AddCounter({"attempts", {}, "", ""}, {});
    instruments.retries = &metrics_.AddCounter({"retries", {}, "", ""}, {});
    instruments.in_flight = &metrics_.AddGauge({"in_flight", {}, "", ""}, {});
    instruments.healthy = &metrics_.AddGauge({"healthy", {}, "", ""}, {});
    instruments.probe_duration = &metrics_.AddHistogram({"probes", {}, "", ""}, {}, {});
    return instruments;
  }

  FakeClock clock_;
  FakeRng rng_{0.5};
  FakeTimers timers_{clock_};
  FakeUpstream upstream_;
  RecordingMetrics metrics_;
  RecordingLogger logger_;
  RouterOptions options_;
  TargetTable targets_;
  std::unique_ptr<Router> router_;
};

}  // namespace portcullis::router::test
