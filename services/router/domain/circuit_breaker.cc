#include "services/router/domain/circuit_breaker.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "libs/base/strings.h"

namespace portcullis::router {

std::string_view CircuitStateName(CircuitState state) {
  switch (state) {
    case CircuitState::kClosed:
      return "closed";
    case CircuitState::kHalfOpen:
      return "half_open";
    case CircuitState::kOpen:
      return "open";
  }
  return "unknown";
}

CircuitBreaker::CircuitBreaker(const CircuitBreakerOptions& options, const base::Clock& clock,
                               TransitionCallback on_transition, const CircuitSnapshot& from)
    : options_(options),
      clock_(clock),
      on_transition_(std::move(on_transition)),
      force_(from.force),
      failures_(from.failures),
      window_(options.error_rate_window),
      open_until_(from.open_until),
      held_(from.held),
      openings_(from.openings) {
  // Trials of an earlier breaker report to that one: half-open begins anew.
  if (options.enabled) phase_ = static_cast<uint64_t>(from.state);
}

CircuitState CircuitBreaker::state() const {
  switch (force_.load(std::memory_order_relaxed)) {
    case CircuitForce::kOpen:
      return CircuitState::kOpen;
    case CircuitForce::kClosed:
      return CircuitState::kClosed;
    case CircuitForce::kNone:
      break;
  }
  return own_state();
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::Admit() {
  const CircuitForce force = force_.load(std::memory_order_relaxed);
  if (force == CircuitForce::kOpen) return std::nullopt;
  if (force == CircuitForce::kClosed) return AdmitAnyway();
  const uint64_t phase = phase_.load(std::memory_order_acquire);
  if (StateOf(phase) == CircuitState::kClosed) return Permit(phase);

  std::lock_guard lock(mutex_);
  if (own_state() == CircuitState::kOpen) {
    if (clock_.Monotonic() < open_until_) return std::nullopt;
    if (held_) {
      Move(CircuitState::kClosed, "the time that the provider asked for is over");
    } else {
      Move(CircuitState::kHalfOpen, "the recovery time is over");
    }
  }
  if (own_state() == CircuitState::kHalfOpen) {
    if (trials_out_ + trials_good_ >= options_.half_open_max_requests) return std::nullopt;
    ++trials_out_;
  }
  return Permit(phase_.load(std::memory_order_relaxed));
}

void CircuitBreaker::Report(Permit permit, CircuitResult result, std::string_view cause) {
  const uint64_t phase = phase_.load(std::memory_order_acquire);
  if (permit.phase_ != phase || !options_.enabled) return;
  if (StateOf(phase) == CircuitState::kClosed) {
    if (result == CircuitResult::kNeutral) return;
    if (options_.error_rate_percent > 0) window_.Add(result == CircuitResult::kFailure, clock_.Monotonic());
    if (result == CircuitResult::kSuccess) {
      if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
      return;
    }
  }
  std::lock_guard lock(mutex_);
  if (permit.phase_ != phase_.load(std::memory_order_relaxed)) return;
  if (StateOf(phase) == CircuitState::kClosed) {
    ReportFailure(cause);
  } else {
    ReportTrial(result, cause);
  }
}

void CircuitBreaker::ReportFailure(std::string_view cause) {
  const int failures = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (failures >= options_.failure_threshold) {
    return OpenAfterFailures(base::StrCat(failures, " failures in a row, the last: ", cause),
                             static_cast<uint64_t>(failures));
  }
  if (options_.error_rate_percent <= 0) return;
  const ErrorWindow::Counts counts = window_.Count(clock_.Monotonic());
  const double percent = counts.Rate() * 100;
  if (counts.calls < static_cast<uint64_t>(options_.min_samples) || percent < options_.error_rate_percent) {
    return;
  }
  OpenAfterFailures(
      base::StrCat(std::lround(percent), "% of the last ", counts.calls, " calls failed, the last: ", cause),
      counts.failures);
}

void CircuitBreaker::ReportTrial(CircuitResult result, std::string_view cause) {
  --trials_out_;
  if (result == CircuitResult::kFailure) {
    OpenAfterFailures(base::StrCat("a trial failed: ", cause), 1);
  } else if (result == CircuitResult::kSuccess && ++trials_good_ >= options_.half_open_max_requests) {
    openings_ = 0;
    Move(CircuitState::kClosed, "all trials succeeded");
  }
}

void CircuitBreaker::OpenAfterFailures(std::string_view cause, uint64_t failures) {
  const int doublings = std::min(openings_++, 30);
  const base::Duration longest = std::max(options_.max_recovery_timeout, options_.recovery_timeout);
  base::Duration time = options_.recovery_timeout;
  for (int i = 0; i < doublings && time < longest; ++i) time *= 2;
  Open(std::min(time, longest), false, cause, failures);
}

void CircuitBreaker::Open(base::Duration time, bool held, std::string_view cause, uint64_t failures) {
  open_until_ = clock_.Monotonic() + time;
  held_ = held;
  Move(CircuitState::kOpen, cause, time, failures);
}

void CircuitBreaker::Hold(base::Duration time, std::string_view cause) {
  if (!options_.enabled || time <= base::Duration::zero()) return;
  time = std::min<base::Duration>(time, std::max(options_.max_recovery_timeout, options_.recovery_timeout));
  std::lock_guard lock(mutex_);
  if (own_state() == CircuitState::kOpen) {
    if (held_) open_until_ = std::max(open_until_, clock_.Monotonic() + time);
    return;
  }
  Open(time, true, cause);
}

void CircuitBreaker::Force(CircuitForce force) {
  std::lock_guard lock(mutex_);
  const CircuitState from = state();
  if (force == CircuitForce::kNone && own_state() != CircuitState::kClosed) {
    openings_ = 0;
    force_.store(CircuitForce::kNone, std::memory_order_relaxed);
    const uint64_t phase = phase_.load(std::memory_order_relaxed);
    phase_.store(((phase >> 2) + 1) << 2, std::memory_order_release);
  }
  failures_.store(0, std::memory_order_relaxed);
  window_.Clear();
  force_.store(force, std::memory_order_relaxed);
  Tell({from, state(), "forced by an operator"});
}

std::optional<base::Duration> CircuitBreaker::OpenFor() const {
  std::lock_guard lock(mutex_);
  if (force_.load(std::memory_order_relaxed) != CircuitForce::kNone) return std::nullopt;
  if (own_state() != CircuitState::kOpen) return std::nullopt;
  return std::max(open_until_ - clock_.Monotonic(), base::Duration::zero());
}

CircuitSnapshot CircuitBreaker::Save() const {
  std::lock_guard lock(mutex_);
  return {own_state(),
          force_.load(std::memory_order_relaxed),
          failures_.load(std::memory_order_relaxed),
          openings_,
          open_until_,
          held_};
}

void CircuitBreaker::Move(CircuitState to, std::string_view cause, base::Duration open_for,
                          uint64_t failures) {
  const uint64_t phase = phase_.load(std::memory_order_relaxed);
  trials_out_ = 0;
  trials_good_ = 0;
  failures_.store(0, std::memory_order_relaxed);
  window_.Clear();
  phase_.store((((phase >> 2) + 1) << 2) | static_cast<uint64_t>(to), std::memory_order_release);
  Tell({StateOf(phase), to, cause, open_for, failures});
}

void CircuitBreaker::Tell(const Transition& transition) {
  if (on_transition_ && transition.from != transition.to) on_transition_(transition);
}

}  // namespace portcullis::router
