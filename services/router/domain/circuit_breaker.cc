#include "services/router/domain/circuit_breaker.h"

#include <utility>

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
                               TransitionCallback on_transition)
    : options_(options), clock_(clock), on_transition_(std::move(on_transition)) {}

std::optional<CircuitBreaker::Permit> CircuitBreaker::Admit() {
  const uint64_t phase = phase_.load(std::memory_order_acquire);
  if (StateOf(phase) == CircuitState::kClosed) return Permit(phase);

  std::lock_guard lock(mutex_);
  if (state() == CircuitState::kOpen) {
    if (clock_.Monotonic() - opened_at_ < options_.recovery_timeout) return std::nullopt;
    Move(CircuitState::kHalfOpen, "the recovery time is over");
  }
  if (state() == CircuitState::kHalfOpen) {
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
  if (failures_.fetch_add(1, std::memory_order_relaxed) + 1 < options_.failure_threshold) return;
  Move(CircuitState::kOpen, cause);
}

void CircuitBreaker::ReportTrial(CircuitResult result, std::string_view cause) {
  --trials_out_;
  if (result == CircuitResult::kFailure) {
    Move(CircuitState::kOpen, cause);
  } else if (result == CircuitResult::kSuccess && ++trials_good_ >= options_.half_open_max_requests) {
    Move(CircuitState::kClosed, "all trials succeeded");
  }
}

void CircuitBreaker::Move(CircuitState to, std::string_view cause) {
  const uint64_t phase = phase_.load(std::memory_order_relaxed);
  const CircuitState from = StateOf(phase);
  if (to == CircuitState::kOpen) opened_at_ = clock_.Monotonic();
  trials_out_ = 0;
  trials_good_ = 0;
  failures_.store(0, std::memory_order_relaxed);
  phase_.store((((phase >> 2) + 1) << 2) | static_cast<uint64_t>(to), std::memory_order_release);
  if (on_transition_) on_transition_({from, to, cause});
}

}  // namespace portcullis::router
