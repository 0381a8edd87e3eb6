// The last openings of a circuit.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "services/router/api/router_api.h"
#include "services/router/domain/circuit_breaker.h"

namespace portcullis::router {

// Thread-safe.
class CircuitHistory {
 public:
  static constexpr size_t kMaxTrips = 20;

  // In the order of the transitions. A trial that fails opens the circuit again: that is no new trip.
  void Note(const CircuitBreaker::Transition& transition, int64_t now_us);

  // Oldest first.
  std::vector<CircuitTrip> Trips() const;

 private:
  mutable std::mutex mutex_;
  std::deque<CircuitTrip> trips_;
};

}  // namespace portcullis::router
