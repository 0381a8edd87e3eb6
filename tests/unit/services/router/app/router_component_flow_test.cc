// Connections, cancellation, back-pressure and limits, against a provider on loopback.
#include "services/router/app/router_component.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/services/router/app/component_fixture.h"

namespace portcullis::router {
namespace {

using test::Exchange;
using test::Gate;
using test::HookedObserver;
using test::kPatience;
using test::RecordingObserver;
using test::RouterComponentTest;
using test::TestProvider;

TEST_F(RouterComponentTest, DestroyingTheCallClosesTheConnectionAtOnce) {
  Gate started;
  std::atomic<bool> closed{false};
  TestProvider provider([&](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("data: one\n\n");
    started.Open();
    closed = exchange.WaitForClose();
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(true), observer);
  ASSERT_TRUE(RunUntil([&] { return !observer.data.empty(); }));
  call.reset();
  // The loop does not run meanwhile: the connection must have been closed inside.
  const auto end = clock_.Monotonic() + kPatience;
  while (!closed && clock_.Monotonic() < end) std::this_thread::yield();
  EXPECT_TRUE(closed);
  EXPECT_EQ(Attempts("a", Outcome::kCancelled), 1);
  EXPECT_FALSE(observer.summary);
  EXPECT_EQ(component_->InFlight(), 0u);
}

TEST_F(RouterComponentTest, ACallMayBeDestroyedInsideAnyOfItsEvents) {
  std::atomic<int> closed{0};
  TestProvider provider([&](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("data: one\n\n");
    if (exchange.number() == 2) {
      exchange.EndStream();
      return;
    }
    if (exchange.WaitForClose()) ++closed;
  });
  AddTarget("a", provider.base_url());
  for (int event = 0; event < 3; ++event) {
    HookedObserver observer;
    std::unique_ptr<Call> call;
    const auto destroy = [&call] { call.reset(); };
    (event == 0 ? observer.on_head : event == 1 ? observer.on_data : observer.on_done) = destroy;
    call = Router().Start(Request(true), observer);
    ASSERT_TRUE(RunUntil([&] { return call == nullptr; })) << event;
    EXPECT_EQ(observer.seen.data.empty(), event == 0);
    EXPECT_EQ(observer.seen.summary.has_value(), event == 2);
  }
  EXPECT_TRUE(RunUntil([&] { return closed == 2; }));
}

TEST_F(RouterComponentTest, AnotherCallMayBeStartedAndDestroyedInsideAnEvent) {
  TestProvider provider([](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("data: x\n\n");
    if (exchange.number() == 0) {
      exchange.WaitForClose();
    } else {
      exchange.EndStream();
    }
  });
  AddTarget("a", provider.base_url());
  RecordingObserver first;
  auto first_call = Router().Start(Request(true), first);
  ASSERT_TRUE(RunUntil([&] { return !first.data.empty(); }));
  HookedObserver second;
  RecordingObserver third;
  std::unique_ptr<Call> third_call;
  second.on_data = [&] {
    first_call.reset();
    third_call = Router().Start(Request(true), third);
  };
  auto second_call = Router().Start(Request(true), second);
  EXPECT_EQ(Finish(third).outcome, Outcome::kOk);
  EXPECT_EQ(Finish(second.seen).outcome, Outcome::kOk);
  EXPECT_FALSE(first.summary);
}

TEST_F(RouterComponentTest, APausedCallHoldsTheProviderBackAndLosesNothing) {
  constexpr int kChunks = 2000;
  const std::string chunk(16384, 'x');
  std::atomic<int> sent{0};
  TestProvider provider([&](Exchange& exchange) {
    exchange.StartStream();
    for (; sent < kChunks; ++sent) exchange.SendChunk(chunk);
    exchange.EndStream();
  });
  AddTarget("a", provider.base_url());
  options_.limits.max_buffered_bytes = 100'000;
  HookedObserver observer;
  std::unique_ptr<Call> call;
  observer.on_data = [&] { call->Pause(); };
  call = Router().Start(Request(true), observer);
  ASSERT_TRUE(RunUntil([&] { return !observer.seen.data.empty(); }));
  observer.on_data = nullptr;
  const size_t before = observer.seen.data.size();
  int last = -1;  // until the provider gets nothing more away
  EXPECT_TRUE(RunUntil([&] { return std::exchange(last, sent.load()) == sent && !worker_.io().poll_one(); }));
  EXPECT_LT(sent, kChunks);
  EXPECT_EQ(observer.seen.data.size(), before);
  EXPECT_FALSE(observer.seen.summary);

  // A slow reader: pauses at each piece and goes on from the loop.
  bool paused = false;
  observer.on_data = [&] {
    call->Pause();
    paused = true;
  };
  call->Resume();
  EXPECT_TRUE(RunUntil([&] {
    if (std::exchange(paused, false)) call->Resume();
    return observer.seen.summary.has_value();
  }));
  EXPECT_EQ(observer.seen.data.size(), kChunks * chunk.size());
  EXPECT_EQ(observer.seen.summary->outcome, Outcome::kOk);
}

TEST_F(RouterComponentTest, WhatIsHeldComesBeforeTheEnd) {
  TestProvider provider([](Exchange& exchange) {
    exchange.StartStream();
    exchange.SendChunk("one");
    exchange.SendChunk("two");
    exchange.EndStream();
  });
  AddTarget("a", provider.base_url());
  RecordingObserver observer;
  auto call = Router().Start(Request(true), observer);
  call->Pause();
  EXPECT_TRUE(RunUntil(
      [&] { return provider.requests() == 1 && !worker_.io().run_one_for(std::chrono::milliseconds(50)); }));
  EXPECT_EQ(observer.data, "");
  EXPECT_FALSE(observer.summary);
  call->Resume();
  EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
  EXPECT_EQ(observer.data, "onetwo");
}

TEST_F(RouterComponentTest, LargeBodiesPassBothWays) {
  TestProvider provider([](Exchange& exchange) { exchange.Answer(200, exchange.request().body); });
  AddTarget("a", provider.base_url());
  CompletionRequest request;
  request.body = "{\"x\":\"" + std::string(8 << 20, 'y') + "\"}";
  const std::string expected = "{\"model\":\"a-model\"," + request.body.substr(1);
  RecordingObserver observer;
  auto call = Router().Start(std::move(request), observer);
  EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
  EXPECT_TRUE(observer.data == expected) << observer.data.size();
}

TEST_F(RouterComponentTest, ConnectionsAreKept) {
  TestProvider provider([](Exchange& exchange) { exchange.Answer(200, "{}"); });
  AddTarget("a", provider.base_url());
  for (int i = 0; i < 20; ++i) {
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
  }
  EXPECT_EQ(provider.requests(), 20);
  EXPECT_EQ(provider.connections(), 1);
}

TEST_F(RouterComponentTest, AKeptConnectionThatTheProviderClosedIsReplaced) {
  TestProvider provider([](Exchange& exchange) {
    exchange.Answer(200, "{}");
    exchange.Close();
  });
  AddTarget("a", provider.base_url());
  for (int i = 0; i < 10; ++i) {
    RecordingObserver observer;
    auto call = Router().Start(Request(), observer);
    const CallSummary summary = Finish(observer);
    EXPECT_EQ(summary.outcome, Outcome::kOk) << summary.message;
  }
  EXPECT_EQ(provider.connections(), 10);
}

TEST_F(RouterComponentTest, ManyCallsAtOnce) {
  constexpr int kCalls = 64;
  Gate all_here;
  std::atomic<int> here{0};
  TestProvider provider([&](Exchange& exchange) {
    if (++here == kCalls) all_here.Open();
    all_here.Wait();
    exchange.Answer(200, exchange.request().body);
  });
  AddTarget("a", provider.base_url());
  std::vector<RecordingObserver> observers(kCalls);
  std::vector<std::unique_ptr<Call>> calls;
  for (auto& observer : observers) calls.push_back(Router().Start(Request(), observer));
  EXPECT_EQ(component_->InFlight(), 64u);
  for (auto& observer : observers) {
    EXPECT_EQ(Finish(observer).outcome, Outcome::kOk);
    EXPECT_EQ(observer.data, R"({"model":"a-model","messages":[]})");
  }
  EXPECT_EQ(metrics_.Value("portcullis_upstream_in_flight", {{"target", "a"}}), 0);
}

// Whatever is done to calls, from the loop and from inside their events, each ends as it should or not at
// all.
TEST_F(RouterComponentTest, SurvivesAnyOrderOfStartsPausesAndDestructions) {
  constexpr size_t kSlots = 24;
  constexpr int kEnough = 200;  // calls that end by themselves
  TestProvider provider([](Exchange& exchange) {
    const int kind = exchange.number() % 5;
    if (kind == 0) {
      exchange.Answer(500, "{}");
      return;
    }
    if (!exchange.StartStream()) return;
    for (int i = 0; i < 40; ++i) {
      if (!exchange.SendChunk(std::string(1 + 700 * i, 'x'))) return;
    }
    if (kind == 1) return exchange.Close();
    exchange.EndStream();
  });
  AddTarget("a", provider.base_url());
  options_.circuit_breaker.enabled = false;
  options_.limits.max_buffered_bytes = 5000;
  struct Slot {
    HookedObserver observer;
    std::unique_ptr<Call> call;
  };
  std::vector<Slot> slots(kSlots);
  base::SystemRng rng(7);
  int ended = 0;
  std::function<void()> act = [&] {
    Slot& slot = slots[rng.Next() % kSlots];
    switch (rng.Next() % 12) {
      case 0:
        slot.call.reset();
        break;
      case 1:
      case 2:
        if (slot.call) slot.call->Pause();
        break;
      case 3:
      case 4:
        if (!slot.call) {
          slot.observer.seen = {};
          slot.call = Router().Start(Request(true), slot.observer);
        }
        break;
      default:
        if (slot.call) slot.call->Resume();
    }
  };
  for (Slot& slot : slots) {
    slot.observer.on_head = slot.observer.on_data = act;
    slot.observer.on_done = [&] {
      ++ended;
      act();
    };
  }
  EXPECT_TRUE(RunUntil([&] {
    act();
    return ended >= kEnough;
  }));
  for (Slot& slot : slots) slot.observer.on_head = slot.observer.on_data = nullptr;
  for (Slot& slot : slots) slot.observer.on_done = [&ended] { ++ended; };
  for (Slot& slot : slots) {
    if (!slot.call) continue;
    slot.call->Resume();
    EXPECT_TRUE(RunUntil([&] { return slot.observer.seen.summary.has_value(); }));
    slot.call.reset();
  }
  EXPECT_EQ(component_->InFlight(), 0u);
  EXPECT_EQ(metrics_.Value("portcullis_upstream_in_flight", {{"target", "a"}}), 0);
}

TEST_F(RouterComponentTest, CallsBeyondTheLimitAreRefused) {
  TestProvider provider([](Exchange& exchange) { exchange.WaitForClose(); });
  AddTarget("a", provider.base_url());
  options_.limits.max_in_flight = 1;
  RecordingObserver first, second;
  auto first_call = Router().Start(Request(), first);
  auto second_call = Router().Start(Request(), second);
  EXPECT_FALSE(second.summary);
  EXPECT_EQ(Finish(second).outcome, Outcome::kOverloaded);
}

TEST_F(RouterComponentTest, DrainingRefusesNewCallsAndLetsOldOnesEnd) {
  Gate go;
  TestProvider provider([&](Exchange& exchange) {
    go.Wait();
    exchange.Answer(200, "{}");
  });
  AddTarget("a", provider.base_url());
  RecordingObserver old_one, new_one;
  auto old_call = Router().Start(Request(), old_one);
  ASSERT_TRUE(RunUntil([&] { return provider.requests() == 1; }));
  component_->Drain();
  auto new_call = Router().Start(Request(), new_one);
  EXPECT_EQ(Finish(new_one).outcome, Outcome::kUnavailable);
  go.Open();
  EXPECT_EQ(Finish(old_one).outcome, Outcome::kOk);
}

}  // namespace
}  // namespace portcullis::router
