#include "services/router/domain/circuit_history.h"

#include <gtest/gtest.h>

#include <chrono>

namespace portcullis::router {
namespace {

using State = CircuitState;
using std::chrono::seconds;

CircuitBreaker::Transition Move(State from, State to, const char* cause, base::Duration open_for = {},
                                uint64_t failures = 0) {
  return {from, to, cause, open_for, failures};
}

TEST(CircuitHistory, ATripBeginsWithAnOpeningAndEndsWhenItCloses) {
  CircuitHistory history;
  history.Note(Move(State::kClosed, State::kOpen, "503", seconds(3), 5), 1'000'000);
  history.Note(Move(State::kOpen, State::kHalfOpen, "a trial"), 4'000'000);
  history.Note(Move(State::kHalfOpen, State::kOpen, "504", seconds(6), 1), 5'000'000);
  ASSERT_EQ(history.Trips().size(), 1u);
  EXPECT_EQ(history.Trips()[0].failures, 6u);
  EXPECT_EQ(history.Trips()[0].cause, "504");
  EXPECT_EQ(history.Trips()[0].open_until_us, 11'000'000);
  EXPECT_EQ(history.Trips()[0].closed_us, 0);
  history.Note(Move(State::kHalfOpen, State::kClosed, "trials succeeded"), 12'000'000);
  history.Note(Move(State::kClosed, State::kOpen, "forced by an operator"), 20'000'000);
  const std::vector<CircuitTrip> trips = history.Trips();
  ASSERT_EQ(trips.size(), 2u);
  EXPECT_EQ(trips[0].opened_us, 1'000'000);
  EXPECT_EQ(trips[0].closed_us, 12'000'000);
  EXPECT_EQ(trips[0].closed_by, "trials succeeded");
  EXPECT_EQ(trips[1].open_until_us, 0);
}

TEST(CircuitHistory, KeepsTheLastOnes) {
  CircuitHistory history;
  for (int64_t i = 1; i <= 30; ++i) {
    history.Note(Move(State::kClosed, State::kOpen, "x", seconds(1)), i);
    history.Note(Move(State::kOpen, State::kClosed, "y"), i);
  }
  ASSERT_EQ(history.Trips().size(), CircuitHistory::kMaxTrips);
  EXPECT_EQ(history.Trips().back().opened_us, 30);
}

}  // namespace
}  // namespace portcullis::router
