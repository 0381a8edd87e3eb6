// Whether a failed attempt is repeated at the same target and after what wait, and whether another target is
// asked.
//
// Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
// 2015): uniform in [0, min(max_backoff, initial_backoff * 2^n)]. A wait that the provider asks for is waited
// in full; one that is longer than `max_backoff` means that this target is out of the question for this call.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/router/domain/attempt_verdict.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

class RetryPolicy {
 public:
  RetryPolicy(const RetryOptions& retry, const FallbackOptions& fallback);

  // The failure is one that is repeated.
  bool Repeats(const AttemptVerdict& verdict, int http_status) const;

  // The failure is one after which another target is asked.
  bool MovesOn(const AttemptVerdict& verdict) const;

  // nullopt = do not try this target again. `attempts` were made at it (1 or more); `retry_after` 0 = nothing
  // said; `remaining` is the time that the call still has, nullopt = no limit.
  std::optional<base::Duration> Wait(int attempts, base::Duration retry_after,
                                     std::optional<base::Duration> remaining, base::Rng& rng) const;

  bool may_try_again(int attempts) const { return attempts < retry_.max_attempts; }
  bool respects_retry_after() const { return retry_.respect_retry_after; }
  const FallbackOptions& fallback() const { return fallback_; }

 private:
  const RetryOptions retry_;
  const FallbackOptions fallback_;
  std::bitset<200> statuses_;  // 400 to 599
};

}  // namespace portcullis::router
