#include "libs/tracing/span_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace portcullis::tracing {
namespace {

telemetry::Span Named(std::string name) {
  telemetry::Span span;
  span.name = std::move(name);
  return span;
}

TEST(SpanQueueTest, GivesWhatWasPushedInOrder) {
  SpanQueue queue(10);
  EXPECT_EQ(queue.Push(Named("a")), 1u);
  EXPECT_EQ(queue.Push(Named("b")), 2u);
  const std::vector<telemetry::Span> taken = queue.TakeAll();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0].name, "a");
  EXPECT_EQ(taken[1].name, "b");
  EXPECT_TRUE(queue.TakeAll().empty());
  EXPECT_EQ(queue.Push(Named("c")), 1u) << "counts what was not taken yet";
}

TEST(SpanQueueTest, IsFullUntilWhatWasTakenIsReleased) {
  SpanQueue queue(2);
  EXPECT_TRUE(queue.Push(Named("a")));
  EXPECT_TRUE(queue.Push(Named("b")));
  EXPECT_FALSE(queue.Push(Named("c")));
  EXPECT_EQ(queue.TakeAll().size(), 2u);
  EXPECT_FALSE(queue.Push(Named("d")));
  EXPECT_EQ(queue.held(), 2u);
  queue.Release(1);
  EXPECT_TRUE(queue.Push(Named("e")));
  EXPECT_FALSE(queue.Push(Named("f")));
}

// Run under TSan: no span is lost or doubled, and the bound holds, with four threads that push.
TEST(SpanQueueTest, LosesNothingBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  constexpr size_t kBound = 500;
  SpanQueue queue(kBound);
  std::atomic<size_t> pushed{0};
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        if (queue.Push(Named("s"))) ++pushed;
      }
      --running;
    });
  }
  size_t taken = 0;
  const auto take = [&] {
    const size_t count = queue.TakeAll().size();
    EXPECT_LE(count, kBound);
    queue.Release(count);
    taken += count;
  };
  while (running > 0) take();
  for (std::thread& thread : threads) thread.join();
  take();
  EXPECT_EQ(taken, pushed);
  EXPECT_EQ(queue.held(), 0u);
}

}  // namespace
}  // namespace portcullis::tracing
