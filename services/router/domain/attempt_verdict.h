// What the end of an attempt means: the outcome, what to do next, and what the circuit learns from it.
#pragma once

#include <string>

#include "services/router/api/router_api.h"
#include "services/router/domain/circuit_breaker.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/upstream_port.h"

namespace portcullis::router {

// What to do when nothing of the answer was passed on.
enum class NextStep : uint8_t {
  kEnd,         // the result stands for every target
  kNextTarget,  // no use in asking this target again
  kRetry,       // the same target may do better in a moment
};

// What kind of failure it is, as retry_on and the fallback's triggers name them.
enum class FailureKind : uint8_t {
  kNone,
  kRateLimit,
  kTimeout,
  kService,     // answers of 500-599, and answers that are no HTTP
  kConnection,  // none was made, or it broke
  kKey,         // 401, 402, 403
  kContext,     // the request is too long for the model
  kFiltered,    // the provider's content filter refused the request
  kCaller,      // the rest of 400-499
  kLocal,
};

struct AttemptVerdict {
  Outcome outcome = Outcome::kOk;
  NextStep next = NextStep::kEnd;
  CircuitResult circuit = CircuitResult::kSuccess;
  FailureKind kind = FailureKind::kNone;
  std::string cause{};  // for logs: what failed; "" for kOk
  std::string
      message{};  // for the client: the same with the target and the provider's words, without secrets
};

// `deadline_cut` says that the caller's deadline made the attempt shorter than the target allows: then a
// time-out says nothing about the target.
//
// May be retried, if RetryOptions says so too: 408, 429, 5xx, time-outs, failed and broken connections. Only
// for the next target: refused keys (401, 403), 402, spent quotas, certificates, answers of 300-399. The rest
// of 400-499 is the caller's fault and stands. The circuit counts failures of the transport and of 5xx; an
// answer of 400-499 shows a target that works.
AttemptVerdict JudgeAttempt(const UpstreamResult& result, const TargetOptions& target, bool deadline_cut);

}  // namespace portcullis::router
