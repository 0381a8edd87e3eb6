// A circuit breaker: keeps calls away from a target that fails.
//
// Closed, it counts consecutive failures; at `failure_threshold` it opens and refuses everything for
// `recovery_timeout`; then, half-open, it admits `half_open_max_requests` trials. When all have succeeded it
// closes; when one fails it opens again. Results that say nothing about the target (the caller's own mistake,
// a cancelled call) are reported as kNeutral: they neither count nor close, and a trial's place becomes free
// again.
//
// Thread-safe. While it is closed, Admit and the report of a success take no lock and, after a success
// before, write nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "libs/base/clock.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

enum class CircuitState : uint8_t { kClosed = 0, kHalfOpen = 1, kOpen = 2 };

std::string_view CircuitStateName(CircuitState state);  // "closed", "half_open", "open"

enum class CircuitResult : uint8_t { kSuccess, kFailure, kNeutral };

class CircuitBreaker {
 public:
  struct Transition {
    CircuitState from;
    CircuitState to;
    std::string_view cause;  // valid during the callback
  };

  // Called under the breaker's lock, in the order of the transitions: must be short and must not call back.
  using TransitionCallback = std::function<void(const Transition&)>;

  // Leave to make one call. Each is reported exactly once; a report of an earlier phase of the circuit is
  // ignored.
  class Permit {
   private:
    friend class CircuitBreaker;
    explicit Permit(uint64_t phase) : phase_(phase) {}
    uint64_t phase_;
  };

  // `clock` must outlive the breaker.
  CircuitBreaker(const CircuitBreakerOptions& options, const base::Clock& clock,
                 TransitionCallback on_transition);

  // nullopt = refused. The first call after the recovery time makes an open circuit half-open.
  std::optional<Permit> Admit();

  // `cause` goes to the callback when this result changes the state: "the provider answered 503".
  void Report(Permit permit, CircuitResult result, std::string_view cause);

  // An open circuit whose recovery time is over says kOpen until somebody is admitted.
  CircuitState state() const { return StateOf(phase_.load(std::memory_order_acquire)); }

 private:
  // A phase is the count of transitions so far and the state, in one word.
  static CircuitState StateOf(uint64_t phase) { return static_cast<CircuitState>(phase & 3); }
  void Move(CircuitState to, std::string_view cause);
  void ReportTrial(CircuitResult result, std::string_view cause);
  void ReportFailure(std::string_view cause);

  const CircuitBreakerOptions options_;
  const base::Clock& clock_;
  const TransitionCallback on_transition_;
  std::atomic<uint64_t> phase_{0};
  std::atomic<int> failures_{0};  // consecutive, while closed
  std::mutex mutex_;              // for everything below and for changes of phase_
  base::MonotonicTime opened_at_{};
  int trials_out_ = 0;  // admitted and not reported
  int trials_good_ = 0;
};

}  // namespace portcullis::router
