#include "services/router/adapters/upstream/asio_timers.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace portcullis::router {
namespace {

using std::chrono::milliseconds;

TEST(AsioTimersTest, RunInTheOrderOfTheirTimesAndNeverInsideTheCall) {
  boost::asio::io_context io;
  AsioTimers timers(io);
  std::vector<int> order;
  const auto later = timers.RunAfter(milliseconds(20), [&] { order.push_back(2); });
  const auto soon = timers.RunAfter(milliseconds(0), [&] { order.push_back(1); });
  EXPECT_TRUE(order.empty());
  io.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(AsioTimersTest, ADestroyedTimerDoesNotRunEvenWhenItWasDue) {
  boost::asio::io_context io;
  AsioTimers timers(io);
  std::unique_ptr<Timer> first, second;
  int runs = 0;
  // Both are due in one turn of the loop; whichever runs first takes the other away, and itself.
  const auto run = [&] {
    ++runs;
    first.reset();
    second.reset();
  };
  first = timers.RunAfter(milliseconds(0), run);
  second = timers.RunAfter(milliseconds(0), run);
  io.run();
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace portcullis::router
