// A router of fakes, for the tests of the domain.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "libs/testing/recording_tracer.h"
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
            std::make_unique<TargetState>(target, options_, clock_, nullptr, Instruments(target.id)));
      }
    }
    return targets_;
  }

  RoutingTable& table() {
    if (!table_) table_ = std::make_unique<RoutingTable>(options_, targets());
    return *table_;
  }

  Router& router() {
    if (!router_) {
      RouterInstruments instruments;
      instruments.refused_retries = &metrics_.AddCounter({"refused", {}, "", ""}, {});
      instruments.mirror = {&metrics_.AddCounter({"mirror_ok", {}, "", ""}, {}),
                            &metrics_.AddCounter({"mirror_failed", {}, "", ""}, {}),
                            &metrics_.AddCounter({"mirror_skipped", {}, "", ""}, {})};
      router_ = std::make_unique<Router>(table(), instruments, upstream_, timers_, clock_, rng_, logger_,
                                         telemetry::Tracing{&tracer_, telemetry::SpanKind::kServer});
    }
    return *router_;
  }

  static CompletionRequest Request(std::string model = "") {
    CompletionRequest request;
    request.body = R"({"n":1})";
    request.model = std::move(model);
    return request;
  }

  TargetInstruments Instruments(const std::string& id) {
    TargetInstruments instruments;
    for (auto& counter : instruments.attempts) counter = &metrics_.AddCounter({"attempts", {}, "", ""}, {});
    instruments.retries = &metrics_.AddCounter({"retries", {}, "", ""}, {});
    instruments.hedges_won = &metrics_.AddCounter({"hedges_won", {}, "", ""}, {{"target", id}});
    instruments.hedges_lost = &metrics_.AddCounter({"hedges_lost", {}, "", ""}, {{"target", id}});
    instruments.keys_refused = &metrics_.AddCounter({"keys_refused", {}, "", ""}, {});
    instruments.keys_limited = &metrics_.AddCounter({"keys_limited", {}, "", ""}, {});
    instruments.drained = &metrics_.AddGauge({"drained", {}, "", ""}, {{"target", id}});
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
  portcullis::testing::RecordingTracer tracer_;
  RouterOptions options_;
  TargetTable targets_;
  std::unique_ptr<RoutingTable> table_;
  std::unique_ptr<Router> router_;
};

}  // namespace portcullis::router::test
