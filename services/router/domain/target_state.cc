#include "services/router/domain/target_state.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::router {
namespace {

constexpr std::chrono::seconds kLeastCooldown{1};  // of a limited key, when the provider says no time

std::string Quoted(std::string_view text) {
  std::string out;
  json::AppendQuoted(text, &out);
  return out;
}

}  // namespace

TargetState::TargetState(TargetOptions options, const RouterOptions& router, const base::Clock& clock,
                         CircuitBreaker::TransitionCallback on_transition,
                         const TargetInstruments& instruments, const TargetMemory& memory)
    : options_(std::move(options)),
      respects_retry_after_(router.retry.respect_retry_after),
      model_literal_(Quoted(options_.ModelFor(""))),
      instruments_(instruments),
      keys_(options_),
      circuit_(
          router.circuit_breaker, clock,
          [this, &clock, tell = std::move(on_transition)](const CircuitBreaker::Transition& transition) {
            history_.Note(transition, clock.Now().time_since_epoch().count());
            if (tell) tell(transition);
          },
          memory.circuit),
      health_(options_.health_probe),
      drained_(memory.drained),
      latency_{{router.latency.quantile, router.latency.window},
               {router.latency.quantile, router.latency.window}} {
  for (size_t i = 0; i < 2; ++i) latency_[i].Restore(memory.latency[i]);
}

void TargetState::set_drained(bool drained) {
  drained_.store(drained, std::memory_order_relaxed);
  instruments_.drained->Set(drained ? 1 : 0);
}

void TargetState::AttemptStarted() {
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  instruments_.in_flight->Add(1);
}

void TargetState::AttemptEnded(Outcome outcome) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  instruments_.in_flight->Add(-1);
  instruments_.attempts[static_cast<size_t>(outcome)]->Add();
}

void TargetState::SetLastError(std::string_view message) {
  std::lock_guard lock(error_mutex_);
  last_error_ = message;
}

void TargetState::LearnOfKey(uint32_t key, const AttemptVerdict& verdict, int http_status,
                             base::Duration retry_after, base::MonotonicTime now) {
  if (verdict.outcome == Outcome::kOk) {
    if (keys_.Worked(key) && share_ != nullptr) share_->TellOver(index_, key);
    return;
  }
  if (verdict.kind == FailureKind::kKey && http_status != 402) {
    // With the caller's own model, a 403 may be about that model.
    if (http_status == 403 && options_.passthrough_model) return;
    CoolDown(CooldownKind::kKeyRefused, key, options_.key_cooldown, now);
    instruments_.keys_refused->Add();
  } else if (verdict.kind == FailureKind::kRateLimit) {
    if (!respects_retry_after_) retry_after = base::Duration::zero();
    if (keys_.size() > 1) {
      CoolDown(CooldownKind::kKeyLimited, key, std::max<base::Duration>(retry_after, kLeastCooldown), now);
      instruments_.keys_limited->Add();
    } else {
      CoolDown(CooldownKind::kTarget, key, retry_after, now);
    }
  }
}

void TargetState::CoolDown(CooldownKind kind, uint32_t key, base::Duration time, base::MonotonicTime now) {
  const Cooldown cooldown{kind, index_, key, time};
  ApplyCooldown(cooldown, now);
  if (share_ != nullptr && time > base::Duration::zero()) share_->Tell(cooldown);
}

void TargetState::ShareCooldowns(uint32_t index, CooldownShare& share) {
  index_ = index;
  share_ = &share;
}

// When no key is left but limited ones, the circuit is open until the first is ready.
void TargetState::ApplyCooldown(const Cooldown& cooldown, base::MonotonicTime now) {
  base::Duration hold = cooldown.time;
  if (cooldown.kind != CooldownKind::kTarget) {
    const bool refused = cooldown.kind == CooldownKind::kKeyRefused;
    keys_.CoolDown(cooldown.key, cooldown.time, refused, now);
    if (refused || keys_.HasReady(now)) return;
    hold = keys_.ReadyIn(now);
  }
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(hold).count();
  circuit_.Hold(hold, base::StrCat("rate limited: the provider wants no calls for ", seconds, " s"));
}

std::optional<base::Duration> TargetState::UsableIn(SkipReason reason, base::MonotonicTime now) const {
  if (reason == SkipReason::kCircuitOpen) return circuit_.OpenFor();
  if (reason == SkipReason::kKeyRefused) return keys_.ReadyIn(now);
  return std::nullopt;
}

TargetMemory TargetState::Memory() const {
  TargetMemory memory{circuit_.Save(), drained()};
  for (size_t i = 0; i < 2; ++i) memory.latency[i] = latency_[i].Save();
  return memory;
}

TargetStatus TargetState::Status(base::MonotonicTime now) const {
  TargetStatus status;
  status.id = options_.id;
  status.provider = options_.provider;
  status.model = options_.model;
  status.description = options_.description;
  status.available = available();
  status.healthy = health_.healthy();
  status.circuit = static_cast<int>(circuit_.state());
  status.in_flight = in_flight_.load(std::memory_order_relaxed);
  status.drained = drained();
  status.latency_us = static_cast<uint64_t>(latency_[0].micros());
  status.stream_latency_us = static_cast<uint64_t>(latency_[1].micros());
  status.error_rate = circuit_.ErrorRate();
  if (const auto open_for = circuit_.OpenFor()) {
    status.open_for_ms =
        static_cast<uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(*open_for).count());
  }
  status.keys = static_cast<uint32_t>(keys_.size());
  status.keys_cooling = keys_.cooling(now);
  status.trips = history_.Trips();
  std::lock_guard lock(error_mutex_);
  status.last_error = last_error_;
  return status;
}

}  // namespace portcullis::router
