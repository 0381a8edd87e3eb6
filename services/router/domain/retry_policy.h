// How long to wait before the next attempt at the same target.
//
// Exponential back-off with full jitter (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
// 2015): uniform in [0, min(max_backoff, initial_backoff * 2^n)]. A Retry-After of the provider is waited for
// in full; one that is longer than `max_backoff` means that this target is out of the question for this call.
#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

class RetryPolicy {
 public:
  explicit RetryPolicy(const RetryOptions& options) : options_(options) {}

  // nullopt = do not try this target again. `attempts` were made at it (1 or more); `retry_after_seconds` 0 =
  // nothing said; `remaining` is the time that the call still has, nullopt = no limit.
  std::optional<base::Duration> Wait(int attempts, int64_t retry_after_seconds,
                                     std::optional<base::Duration> remaining, base::Rng& rng) const;

 private:
  const RetryOptions options_;
};

}  // namespace portcullis::router
