#include "services/router/domain/retry_policy.h"

#include <algorithm>
#include <chrono>

namespace portcullis::router {

RetryPolicy::RetryPolicy(const RetryOptions& retry, const FallbackOptions& fallback)
    : retry_(retry), fallback_(fallback) {
  for (const int status : retry.reasons.statuses) {
    if (status >= 400 && status < 600) statuses_.set(static_cast<size_t>(status - 400));
  }
}

bool RetryPolicy::Repeats(const AttemptVerdict& verdict, int http_status) const {
  if (verdict.next != NextStep::kRetry) return false;
  const bool no_answer = http_status >= 200 && http_status < 300;  // said to be one, and cannot be used
  if (verdict.outcome == Outcome::kConnectFailed || verdict.outcome == Outcome::kCut || no_answer) {
    return retry_.reasons.connection_error;
  }
  if (http_status >= 400 && http_status < 600) return statuses_.test(static_cast<size_t>(http_status - 400));
  return verdict.kind == FailureKind::kTimeout && retry_.reasons.timeout;
}

bool RetryPolicy::MovesOn(const AttemptVerdict& verdict) const {
  switch (verdict.kind) {
    case FailureKind::kRateLimit:
      return fallback_.enabled && fallback_.rate_limit;
    case FailureKind::kTimeout:
      return fallback_.enabled && fallback_.timeout;
    case FailureKind::kService:
      return fallback_.enabled && fallback_.service_unavailable;
    case FailureKind::kConnection:
      return fallback_.enabled && fallback_.connection_error;
    case FailureKind::kKey:
      return fallback_.enabled && fallback_.key_refused;
    case FailureKind::kContext:
      return fallback_.enabled && fallback_.context_window == ContextWindow::kLarger;
    case FailureKind::kFiltered:
      return fallback_.enabled && fallback_.content_policy == ContentPolicy::kFallback;
    case FailureKind::kNone:
    case FailureKind::kCaller:
    case FailureKind::kLocal:
      break;
  }
  return false;
}

std::optional<base::Duration> RetryPolicy::Wait(int attempts, base::Duration retry_after,
                                                std::optional<base::Duration> remaining,
                                                base::Rng& rng) const {
  if (!may_try_again(attempts)) return std::nullopt;
  const int doublings = std::min(attempts - 1, 20);
  const base::Duration cap = retry_.max_backoff;
  const base::Duration step = retry_.initial_backoff;
  const base::Duration ceiling = std::min(cap, step * (int64_t{1} << doublings));
  base::Duration wait(static_cast<int64_t>(static_cast<double>(ceiling.count()) * rng.NextUnit()));
  if (retry_.respect_retry_after && retry_after > base::Duration::zero()) {
    if (retry_after > std::chrono::ceil<std::chrono::seconds>(cap)) return std::nullopt;
    wait = std::max(wait, retry_after);
  }
  if (remaining && wait >= *remaining) return std::nullopt;
  return wait;
}

}  // namespace portcullis::router
