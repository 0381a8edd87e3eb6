#include "services/router/domain/circuit_history.h"

#include <chrono>

namespace portcullis::router {

void CircuitHistory::Note(const CircuitBreaker::Transition& transition, int64_t now_us) {
  const std::lock_guard lock(mutex_);
  const bool open = !trips_.empty() && trips_.back().closed_us == 0;
  if (transition.to == CircuitState::kOpen) {
    if (!open) {
      if (trips_.size() == kMaxTrips) trips_.pop_front();
      trips_.emplace_back().opened_us = now_us;
    }
    CircuitTrip& trip = trips_.back();
    trip.cause = transition.cause;
    trip.failures += transition.failures;
    const int64_t open_us =
        std::chrono::duration_cast<std::chrono::microseconds>(transition.open_for).count();
    trip.open_until_us = open_us > 0 ? now_us + open_us : 0;
  } else if (transition.to == CircuitState::kClosed && open) {
    trips_.back().closed_us = now_us;
    trips_.back().closed_by = transition.cause;
  }
}

std::vector<CircuitTrip> CircuitHistory::Trips() const {
  const std::lock_guard lock(mutex_);
  return {trips_.begin(), trips_.end()};
}

}  // namespace portcullis::router
