// A circuit breaker: keeps calls away from a target that fails.
//
// Closed, it counts consecutive failures and, over `error_rate_window`, the share of failed calls; at
// `failure_threshold`, or at `error_rate_percent` of at least `min_samples` calls, it opens and refuses
// everything for the recovery time; then, half-open, it admits `half_open_max_requests` trials. When all have
// succeeded it closes; when one fails it opens again, for twice as long each time, up to
// `max_recovery_timeout`. Results that say nothing about the target (the caller's own mistake, a cancelled
// call) are reported as kNeutral: they neither count nor close, and a trial's place becomes free again.
//
// A provider that asks to be left alone (429 with a time) holds the circuit open for just that time; then it
// is closed, without trials.
//
// Thread-safe. While it is closed, Admit and the report of a success take no lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "services/router/domain/error_window.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

enum class CircuitState : uint8_t { kClosed = 0, kHalfOpen = 1, kOpen = 2 };

std::string_view CircuitStateName(CircuitState state);  // "closed", "half_open", "open"

enum class CircuitResult : uint8_t { kSuccess, kFailure, kNeutral };

// What an operator decided, whatever the results say.
enum class CircuitForce : uint8_t { kNone, kOpen, kClosed };

// What outlives a breaker: for the one that takes its place after a reload.
struct CircuitSnapshot {
  CircuitState state = CircuitState::kClosed;
  CircuitForce force = CircuitForce::kNone;
  int failures = 0;
  int openings = 0;
  base::MonotonicTime open_until{};
  bool held = false;
};

class CircuitBreaker {
 public:
  struct Transition {
    CircuitState from;
    CircuitState to;
    std::string_view cause;     // valid during the callback
    base::Duration open_for{};  // until the first trial; 0 unless `to` is kOpen, and when nobody knows
    uint64_t failures = 0;      // that opened it; 0 when it was none
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

  // `clock` must outlive the breaker. `from` continues an earlier breaker, without a callback.
  CircuitBreaker(const CircuitBreakerOptions& options, const base::Clock& clock,
                 TransitionCallback on_transition, const CircuitSnapshot& from = {});

  // nullopt = refused. The first call after the recovery time makes an open circuit half-open.
  std::optional<Permit> Admit();

  // Leave whatever the state: its report is ignored.
  static Permit AdmitAnyway() { return Permit(kNoPhase); }

  // `cause` goes to the callback when this result changes the state: "the provider answered 503".
  void Report(Permit permit, CircuitResult result, std::string_view cause);

  // Opens the circuit for `time` (at most `max_recovery_timeout`), unless it is open for longer already.
  void Hold(base::Duration time, std::string_view cause);

  // kOpen refuses everything, kClosed admits everything, kNone goes back to the results, beginning closed.
  void Force(CircuitForce force);

  // An open circuit whose recovery time is over says kOpen until somebody is admitted.
  CircuitState state() const;

  // Until an open circuit admits somebody; nullopt = it is not open, or an operator holds it open.
  std::optional<base::Duration> OpenFor() const;

  // Share of the window's calls that failed, 0 to 1.
  double ErrorRate() const { return window_.Count(clock_.Monotonic()).Rate(); }

  CircuitSnapshot Save() const;

 private:
  static constexpr uint64_t kNoPhase = ~uint64_t{0};

  // A phase is the count of transitions so far and the state, in one word.
  static CircuitState StateOf(uint64_t phase) { return static_cast<CircuitState>(phase & 3); }
  CircuitState own_state() const { return StateOf(phase_.load(std::memory_order_acquire)); }
  void Open(base::Duration time, bool held, std::string_view cause, uint64_t failures = 0);
  void OpenAfterFailures(std::string_view cause, uint64_t failures);
  void Move(CircuitState to, std::string_view cause, base::Duration open_for = {}, uint64_t failures = 0);
  void ReportTrial(CircuitResult result, std::string_view cause);
  void ReportFailure(std::string_view cause);
  void Tell(const Transition& transition);

  const CircuitBreakerOptions options_;
  const base::Clock& clock_;
  const TransitionCallback on_transition_;
  std::atomic<uint64_t> phase_{0};
  std::atomic<CircuitForce> force_{CircuitForce::kNone};
  std::atomic<int> failures_{0};  // consecutive, while closed
  ErrorWindow window_;
  mutable std::mutex mutex_;  // for everything below and for changes of phase_
  base::MonotonicTime open_until_{};
  bool held_ = false;   // open because the provider asked for it
  int openings_ = 0;    // in a row, without a time of being closed between them
  int trials_out_ = 0;  // admitted and not reported
  int trials_good_ = 0;
};

}  // namespace portcullis::router
