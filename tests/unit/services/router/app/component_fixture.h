// A router of one worker with real libcurl. The test's thread runs the worker's loop.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "libs/runtime/worker.h"
#include "services/router/app/router_component.h"
#include "tests/unit/services/router/support/fakes.h"
#include "tests/unit/services/router/support/test_provider.h"

namespace portcullis::router::test {

// Calls what the test sets, after recording.
class HookedObserver final : public CallObserver {
 public:
  void OnHead(const ResponseHead& h) override {
    seen.OnHead(h);
    if (on_head) on_head();
  }
  void OnData(std::string_view bytes) override {
    seen.OnData(bytes);
    if (on_data) on_data();
  }
  void OnDone(const CallSummary& s) override {
    seen.OnDone(s);
    if (on_done) on_done();
  }

  RecordingObserver seen;
  std::function<void()> on_head;
  std::function<void()> on_data;
  std::function<void()> on_done;
};

class RouterComponentTest : public ::testing::Test {
 protected:
  RouterComponentTest() {
    options_.retry.initial_backoff = std::chrono::milliseconds(1);
    options_.retry.max_backoff = std::chrono::milliseconds(5);
  }

  TargetOptions& AddTarget(std::string id, std::string base_url) {
    TargetOptions& target = options_.targets.emplace_back();
    target.id = std::move(id);
    target.provider = "mistral";
    target.model = target.id + "-model";
    target.base_url = std::move(base_url);
    target.api_key = "key-of-" + target.id;
    return target;
  }

  RouterApi& Router() {
    if (!component_) {
      auto made = RouterComponent::Create(options_, clock_, metrics_, logger_);
      EXPECT_TRUE(made.ok()) << made.status();
      component_ = *std::move(made);
    }
    return component_->ApiFor(worker_);
  }

  static CompletionRequest Request(bool stream = false) {
    CompletionRequest request;
    request.body = R"({"model":"gpt-4o","messages":[]})";
    request.model = "gpt-4o";
    request.model_begin = 9;
    request.model_end = 17;
    request.stream = stream;
    return request;
  }

  // Runs the loop until `done`; false after a time that no test needs.
  bool RunUntil(const std::function<bool()>& done, std::chrono::milliseconds limit = kPatience) {
    const auto end = clock_.Monotonic() + limit;
    while (!done()) {
      if (clock_.Monotonic() > end) return false;
      worker_.io().run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  CallSummary Finish(RecordingObserver& observer) {
    EXPECT_TRUE(RunUntil([&] { return observer.summary.has_value(); }));
    return observer.summary.value_or(CallSummary{});
  }

  double Attempts(std::string target, Outcome outcome) {
    return metrics_.Value("portcullis_upstream_attempts_total",
                          {{"target", std::move(target)}, {"outcome", std::string(OutcomeName(outcome))}});
  }

  double Circuit(std::string target) {
    return metrics_.Value("portcullis_circuit_state", {{"target", target}});
  }

  base::SystemClock clock_;
  RecordingMetrics metrics_;
  RecordingLogger logger_;
  runtime::Worker worker_{0};
  RouterOptions options_;
  std::unique_ptr<RouterComponent> component_;
};

}  // namespace portcullis::router::test
