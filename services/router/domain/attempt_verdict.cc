#include "services/router/domain/attempt_verdict.h"

#include <array>
#include <utility>

#include "libs/base/strings.h"
#include "services/router/domain/dialect/provider_error.h"

namespace portcullis::router {
namespace {

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool SaysContextTooLong(const ProviderError& error) {
  if (error.code == "context_length_exceeded" || error.type == "context_length_exceeded") return true;
  constexpr std::array<std::string_view, 6> kPhrases = {
      "maximum context length",     "context_length_exceeded", "too large for model with",
      "exceeds the context window", "prompt is too long",      "exceed context limit"};
  for (const std::string_view phrase : kPhrases) {
    if (Contains(error.message, phrase)) return true;
  }
  return false;
}

AttemptVerdict JudgeTransport(const UpstreamResult& result, bool deadline_cut) {
  const bool callers = deadline_cut || result.reader_was_slow;
  const CircuitResult timeout = callers ? CircuitResult::kNeutral : CircuitResult::kFailure;
  switch (result.error) {
    case TransportError::kConnect:
      return {Outcome::kConnectFailed, NextStep::kRetry, CircuitResult::kFailure, FailureKind::kConnection,
              "no connection to the provider"};
    case TransportError::kCertificate:
      return {Outcome::kConnectFailed, NextStep::kNextTarget, CircuitResult::kFailure,
              FailureKind::kConnection, "the provider's TLS certificate is not trusted"};
    case TransportError::kTimeout:
      return {Outcome::kTimeout, NextStep::kRetry, timeout, FailureKind::kTimeout,
              "the provider did not answer in time"};
    case TransportError::kCut:
      return {Outcome::kCut, NextStep::kRetry, CircuitResult::kFailure, FailureKind::kConnection,
              "the connection ended before the answer was complete"};
    case TransportError::kProtocol:
      return {Outcome::kUpstreamError, NextStep::kNextTarget, CircuitResult::kFailure, FailureKind::kService,
              "the provider's answer is not valid HTTP"};
    case TransportError::kMalformed:
      return {Outcome::kUpstreamError, NextStep::kRetry, CircuitResult::kFailure, FailureKind::kService,
              "the provider's answer cannot be used"};
    case TransportError::kLocal:
    case TransportError::kNone:
      break;
  }
  return {Outcome::kOverloaded, NextStep::kEnd, CircuitResult::kNeutral, FailureKind::kLocal,
          "the call could not be made"};
}

AttemptVerdict JudgeStatus(int status, const ProviderError& error) {
  constexpr CircuitResult kNeutral = CircuitResult::kNeutral;
  if (status == 401 || status == 403) {
    return {Outcome::kUpstreamAuth, NextStep::kNextTarget, kNeutral, FailureKind::kKey};
  }
  if (status == 402) return {Outcome::kUpstreamError, NextStep::kNextTarget, kNeutral, FailureKind::kKey};
  if (status == 408) {
    return {Outcome::kTimeout, NextStep::kRetry, CircuitResult::kFailure, FailureKind::kTimeout};
  }
  if (status == 429) {
    const bool spent = error.code == "insufficient_quota" || error.type == "insufficient_quota";
    return {Outcome::kRateLimited, spent ? NextStep::kNextTarget : NextStep::kRetry, kNeutral,
            FailureKind::kRateLimit};
  }
  if (status == 400 && (error.code == "content_filter" || error.code == "content_policy_violation")) {
    return {Outcome::kContentFiltered, NextStep::kEnd, kNeutral, FailureKind::kFiltered};
  }
  if (status >= 400 && status < 500) {
    if (SaysContextTooLong(error)) {
      return {Outcome::kContextTooLong, NextStep::kEnd, kNeutral, FailureKind::kContext};
    }
    return {Outcome::kBadRequest, NextStep::kEnd, kNeutral, FailureKind::kCaller};
  }
  const NextStep next = status >= 500 ? NextStep::kRetry : NextStep::kNextTarget;
  return {Outcome::kUpstreamError, next, CircuitResult::kFailure, FailureKind::kService};
}

std::string StatusCause(int status, Outcome outcome) {
  if (outcome == Outcome::kUpstreamAuth) {
    return base::StrCat("the provider refused the gateway's key (HTTP ", status, ")");
  }
  return base::StrCat("the provider answered ", status);
}

std::string HideKeys(std::string_view message, const TargetOptions& target) {
  std::string text = HideSecrets(message, target.api_key);
  for (const TargetKey& key : target.keys) text = HideSecrets(text, key.value);
  return text;
}

}  // namespace

AttemptVerdict JudgeAttempt(const UpstreamResult& result, const TargetOptions& target, bool deadline_cut) {
  AttemptVerdict verdict;
  std::string words;  // the provider's
  if (result.error != TransportError::kNone) {
    verdict = JudgeTransport(result, deadline_cut);
    if (!result.error_text.empty())
      verdict.cause += base::StrCat(" (", HideKeys(result.error_text, target), ")");
  } else if (result.http_status >= 200 && result.http_status < 300) {
    return verdict;
  } else {
    const ProviderError error = ParseProviderError(result.error_body);
    verdict = JudgeStatus(result.http_status, error);
    verdict.cause = StatusCause(result.http_status, verdict.outcome);
    // What it says about our key is between the operator and the provider.
    if (verdict.outcome != Outcome::kUpstreamAuth) words = HideKeys(error.message, target);
  }
  verdict.message = base::StrCat("target ", target.id, ": ", verdict.cause, words.empty() ? "" : ": ", words);
  return verdict;
}

}  // namespace portcullis::router
