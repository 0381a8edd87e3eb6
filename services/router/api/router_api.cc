#include "services/router/api/router_api.h"

namespace portcullis::router {

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kChatCompletions:
      return "chat.completions";
    case Operation::kFimCompletions:
      return "fim.completions";
    case Operation::kEmbeddings:
      return "embeddings";
  }
  return "unknown";
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kNoTarget:
      return "no_target";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kContextTooLong:
      return "context_too_long";
    case Outcome::kBadRequest:
      return "bad_request";
    case Outcome::kUpstreamAuth:
      return "upstream_auth";
    case Outcome::kRateLimited:
      return "rate_limited";
    case Outcome::kTimeout:
      return "timeout";
    case Outcome::kConnectFailed:
      return "connect_failed";
    case Outcome::kUpstreamError:
      return "upstream_error";
    case Outcome::kCut:
      return "cut";
    case Outcome::kCancelled:
      return "cancelled";
    case Outcome::kOverloaded:
      return "overloaded";
  }
  return "unknown";
}

std::string_view TargetActionName(TargetAction action) {
  switch (action) {
    case TargetAction::kDrain:
      return "drain";
    case TargetAction::kUndrain:
      return "undrain";
    case TargetAction::kForceOpen:
      return "force_open";
    case TargetAction::kForceClosed:
      return "force_closed";
    case TargetAction::kReleaseCircuit:
      return "release_circuit";
  }
  return "unknown";
}

}  // namespace portcullis::router
