#include "services/router/domain/retry_policy.h"

#include <algorithm>
#include <chrono>

namespace portcullis::router {

std::optional<base::Duration> RetryPolicy::Wait(int attempts, int64_t retry_after_seconds,
                                                std::optional<base::Duration> remaining,
                                                base::Rng& rng) const {
  if (attempts >= options_.max_attempts) return std::nullopt;
  const int doublings = std::min(attempts - 1, 20);
  const base::Duration cap = options_.max_backoff;
  const base::Duration step = options_.initial_backoff;
  const base::Duration ceiling = std::min(cap, step * (int64_t{1} << doublings));
  base::Duration wait(static_cast<int64_t>(static_cast<double>(ceiling.count()) * rng.NextUnit()));
  if (options_.respect_retry_after && retry_after_seconds > 0) {
    const int64_t cap_seconds = std::chrono::ceil<std::chrono::seconds>(cap).count();
    if (retry_after_seconds > cap_seconds) return std::nullopt;
    wait = std::max<base::Duration>(wait, std::chrono::seconds(retry_after_seconds));
  }
  if (remaining && wait >= *remaining) return std::nullopt;
  return wait;
}

}  // namespace portcullis::router
