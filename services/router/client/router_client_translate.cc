#include "services/router/client/router_client_translate.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace portcullis::router {
namespace {

v1::Operation ToProto(Operation operation) {
  switch (operation) {
    case Operation::kChatCompletions:
      return v1::OPERATION_CHAT_COMPLETIONS;
    case Operation::kFimCompletions:
      return v1::OPERATION_FIM_COMPLETIONS;
    case Operation::kEmbeddings:
      return v1::OPERATION_EMBEDDINGS;
  }
  return v1::OPERATION_UNSPECIFIED;
}

absl::StatusOr<Outcome> OutcomeFromProto(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_OK:
      return Outcome::kOk;
    case v1::OUTCOME_NO_TARGET:
      return Outcome::kNoTarget;
    case v1::OUTCOME_UNAVAILABLE:
      return Outcome::kUnavailable;
    case v1::OUTCOME_CONTEXT_TOO_LONG:
      return Outcome::kContextTooLong;
    case v1::OUTCOME_BAD_REQUEST:
      return Outcome::kBadRequest;
    case v1::OUTCOME_UPSTREAM_AUTH:
      return Outcome::kUpstreamAuth;
    case v1::OUTCOME_RATE_LIMITED:
      return Outcome::kRateLimited;
    case v1::OUTCOME_TIMEOUT:
      return Outcome::kTimeout;
    case v1::OUTCOME_CONNECT_FAILED:
      return Outcome::kConnectFailed;
    case v1::OUTCOME_UPSTREAM_ERROR:
      return Outcome::kUpstreamError;
    case v1::OUTCOME_CUT:
      return Outcome::kCut;
    case v1::OUTCOME_CANCELLED:
      return Outcome::kCancelled;
    case v1::OUTCOME_OVERLOADED:
      return Outcome::kOverloaded;
    case v1::OUTCOME_CONTENT_FILTERED:
      return Outcome::kContentFiltered;
    case v1::OUTCOME_COST_TOO_HIGH:
      return Outcome::kCostTooHigh;
    default:
      return absl::InternalError("the router service answered an outcome that this version does not know");
  }
}

absl::StatusOr<int> CircuitFromProto(v1::CircuitState circuit) {
  switch (circuit) {
    case v1::CIRCUIT_STATE_CLOSED:
      return 0;
    case v1::CIRCUIT_STATE_HALF_OPEN:
      return 1;
    case v1::CIRCUIT_STATE_OPEN:
      return 2;
    default:
      return absl::InternalError(
          "the router service answered a circuit state that this version does not know");
  }
}

}  // namespace

void CompletionToProto(CompletionRequest& request, v1::CompleteRequest& out) {
  out.set_operation(ToProto(request.operation));
  out.set_model(std::move(request.model));
  out.set_stream(request.stream);
  out.set_body(std::move(request.body));
  out.set_model_begin(request.model_begin);
  out.set_model_end(request.model_end);
  out.set_estimated_prompt_tokens(request.estimated_prompt_tokens);
  out.set_max_output_tokens(request.max_output_tokens);
  out.set_choices(request.choices);
  if (request.max_cost_nano_usd) out.set_max_cost_nano_usd(*request.max_cost_nano_usd);
  for (std::string& target : request.allowed_targets) out.add_allowed_targets(std::move(target));
  for (std::string& target : request.preferred_targets) out.add_preferred_targets(std::move(target));
  for (std::string& target : request.avoided_targets) out.add_avoided_targets(std::move(target));
}

ResponseHead HeadFromProto(v1::ResponseHead& proto) {
  ResponseHead head;
  head.http_status = proto.http_status();
  head.content_type = std::move(*proto.mutable_content_type());
  head.target = std::move(*proto.mutable_target());
  head.provider = std::move(*proto.mutable_provider());
  head.model = std::move(*proto.mutable_model());
  head.attempts = proto.attempts();
  head.variant = std::move(*proto.mutable_variant());
  for (std::string& field : *proto.mutable_dropped()) head.dropped.push_back(std::move(field));
  if (!proto.has_pricing()) return head;
  const v1::Pricing& pricing = proto.pricing();
  head.pricing = Pricing{pricing.prompt(), pricing.completion()};
  if (pricing.has_cached_prompt()) head.pricing->cached_prompt = pricing.cached_prompt();
  if (pricing.has_cache_write()) head.pricing->cache_write = pricing.cache_write();
  if (pricing.has_reasoning()) head.pricing->reasoning = pricing.reasoning();
  return head;
}

absl::StatusOr<CallSummary> SummaryFromProto(v1::CallSummary& proto) {
  CallSummary summary;
  ASSIGN_OR_RETURN(summary.outcome, OutcomeFromProto(proto.outcome()));
  summary.message = std::move(*proto.mutable_message());
  summary.param = std::move(*proto.mutable_param());
  summary.retry_after_seconds = proto.retry_after_seconds();
  summary.target = std::move(*proto.mutable_target());
  summary.provider = std::move(*proto.mutable_provider());
  summary.variant = std::move(*proto.mutable_variant());
  summary.first_byte_us = proto.first_byte_us();
  summary.total_us = proto.total_us();
  for (v1::Attempt& attempt_proto : *proto.mutable_attempts()) {
    Attempt& attempt = summary.attempts.emplace_back();
    ASSIGN_OR_RETURN(attempt.outcome, OutcomeFromProto(attempt_proto.outcome()));
    attempt.target = std::move(*attempt_proto.mutable_target());
    attempt.model = std::move(*attempt_proto.mutable_model());
    attempt.http_status = attempt_proto.http_status();
    attempt.latency_us = attempt_proto.latency_us();
  }
  return summary;
}

absl::StatusOr<std::vector<TargetStatus>> TargetsFromProto(v1::ListTargetsResponse& proto) {
  std::vector<TargetStatus> targets;
  for (v1::TargetStatus& target_proto : *proto.mutable_targets()) {
    TargetStatus& target = targets.emplace_back();
    ASSIGN_OR_RETURN(target.circuit, CircuitFromProto(target_proto.circuit()));
    target.id = std::move(*target_proto.mutable_id());
    target.provider = std::move(*target_proto.mutable_provider());
    target.model = std::move(*target_proto.mutable_model());
    target.description = std::move(*target_proto.mutable_description());
    target.available = target_proto.available();
    target.healthy = target_proto.healthy();
    target.in_flight = target_proto.in_flight();
    target.last_error = std::move(*target_proto.mutable_last_error());
    target.drained = target_proto.drained();
    target.latency_us = target_proto.latency_us();
    target.stream_latency_us = target_proto.stream_latency_us();
    target.error_rate = target_proto.error_rate();
    target.open_for_ms = target_proto.open_for_ms();
    target.keys = target_proto.keys();
    target.keys_cooling = target_proto.keys_cooling();
    target.groups.assign(target_proto.groups().begin(), target_proto.groups().end());
    target.weight = target_proto.weight();
    for (v1::CircuitTrip& trip : *target_proto.mutable_trips()) {
      target.trips.push_back({trip.opened_us(), trip.open_until_us(), trip.closed_us(),
                              std::move(*trip.mutable_cause()), std::move(*trip.mutable_closed_by()),
                              trip.failures()});
    }
  }
  return targets;
}

}  // namespace portcullis::router
