#include "services/router/adapters/grpc/router_translate.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

constexpr size_t kMaxModelBytes = 1024;
constexpr int kMaxTargets = 1024;

absl::StatusOr<Operation> OperationFromProto(v1::Operation operation) {
  switch (operation) {
    case v1::OPERATION_CHAT_COMPLETIONS:
      return Operation::kChatCompletions;
    case v1::OPERATION_FIM_COMPLETIONS:
      return Operation::kFimCompletions;
    case v1::OPERATION_EMBEDDINGS:
      return Operation::kEmbeddings;
    default:
      return absl::InvalidArgumentError("operation is not known");
  }
}

v1::Outcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return v1::OUTCOME_OK;
    case Outcome::kNoTarget:
      return v1::OUTCOME_NO_TARGET;
    case Outcome::kUnavailable:
      return v1::OUTCOME_UNAVAILABLE;
    case Outcome::kContextTooLong:
      return v1::OUTCOME_CONTEXT_TOO_LONG;
    case Outcome::kBadRequest:
      return v1::OUTCOME_BAD_REQUEST;
    case Outcome::kUpstreamAuth:
      return v1::OUTCOME_UPSTREAM_AUTH;
    case Outcome::kRateLimited:
      return v1::OUTCOME_RATE_LIMITED;
    case Outcome::kTimeout:
      return v1::OUTCOME_TIMEOUT;
    case Outcome::kConnectFailed:
      return v1::OUTCOME_CONNECT_FAILED;
    case Outcome::kUpstreamError:
      return v1::OUTCOME_UPSTREAM_ERROR;
    case Outcome::kCut:
      return v1::OUTCOME_CUT;
    case Outcome::kCancelled:
      return v1::OUTCOME_CANCELLED;
    case Outcome::kOverloaded:
      return v1::OUTCOME_OVERLOADED;
    case Outcome::kContentFiltered:
      return v1::OUTCOME_CONTENT_FILTERED;
    case Outcome::kCostTooHigh:
      return v1::OUTCOME_COST_TOO_HIGH;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

v1::CircuitState CircuitToProto(int circuit) {
  switch (circuit) {
    case 0:
      return v1::CIRCUIT_STATE_CLOSED;
    case 1:
      return v1::CIRCUIT_STATE_HALF_OPEN;
    default:
      return v1::CIRCUIT_STATE_OPEN;
  }
}

// Both 0, or a quoted string within the body.
bool IsModelRange(const v1::CompleteRequest& proto) {
  const uint32_t begin = proto.model_begin(), end = proto.model_end();
  if (begin == 0 && end == 0) return true;
  const std::string& body = proto.body();
  return begin < end && end <= body.size() && end - begin >= 2 && body[begin] == '"' && body[end - 1] == '"';
}

}  // namespace

absl::StatusOr<CompletionRequest> CompletionFromProto(v1::CompleteRequest& proto,
                                                      base::RequestContext context) {
  CompletionRequest request;
  ASSIGN_OR_RETURN(request.operation, OperationFromProto(proto.operation()));
  if (proto.model().size() > kMaxModelBytes) {
    return absl::InvalidArgumentError(base::StrCat("model has more than ", kMaxModelBytes, " bytes"));
  }
  if (proto.body().empty()) return absl::InvalidArgumentError("body is empty");
  if (!IsModelRange(proto)) {
    return absl::InvalidArgumentError("model_begin and model_end do not enclose a quoted string of the body");
  }
  if (proto.allowed_targets_size() > kMaxTargets)
    return absl::InvalidArgumentError("too many allowed_targets");
  if (proto.preferred_targets_size() > kMaxTargets)
    return absl::InvalidArgumentError("too many preferred_targets");
  if (proto.avoided_targets_size() > kMaxTargets)
    return absl::InvalidArgumentError("too many avoided_targets");
  request.context = std::move(context);
  request.model = std::move(*proto.mutable_model());
  request.stream = proto.stream();
  request.body = std::move(*proto.mutable_body());
  request.model_begin = proto.model_begin();
  request.model_end = proto.model_end();
  request.estimated_prompt_tokens = proto.estimated_prompt_tokens();
  request.max_output_tokens = proto.max_output_tokens();
  request.choices = std::max(proto.choices(), 1u);
  if (proto.has_max_cost_nano_usd()) request.max_cost_nano_usd = proto.max_cost_nano_usd();
  for (std::string& target : *proto.mutable_allowed_targets())
    request.allowed_targets.push_back(std::move(target));
  for (std::string& target : *proto.mutable_preferred_targets())
    request.preferred_targets.push_back(std::move(target));
  for (std::string& target : *proto.mutable_avoided_targets())
    request.avoided_targets.push_back(std::move(target));
  return request;
}

absl::StatusOr<TargetAction> ActionFromProto(v1::TargetAction action) {
  switch (action) {
    case v1::TARGET_ACTION_DRAIN:
      return TargetAction::kDrain;
    case v1::TARGET_ACTION_UNDRAIN:
      return TargetAction::kUndrain;
    case v1::TARGET_ACTION_FORCE_OPEN:
      return TargetAction::kForceOpen;
    case v1::TARGET_ACTION_FORCE_CLOSED:
      return TargetAction::kForceClosed;
    case v1::TARGET_ACTION_RELEASE_CIRCUIT:
      return TargetAction::kReleaseCircuit;
    default:
      return absl::InvalidArgumentError("action is not known");
  }
}

void HeadToProto(const ResponseHead& head, v1::ResponseHead& out) {
  out.set_http_status(head.http_status);
  out.set_content_type(head.content_type);
  out.set_target(head.target);
  out.set_provider(head.provider);
  out.set_model(head.model);
  out.set_attempts(head.attempts);
  out.set_variant(head.variant);
  for (const std::string& field : head.dropped) out.add_dropped(field);
  if (!head.pricing.has_value()) return;
  v1::Pricing& pricing = *out.mutable_pricing();
  pricing.set_prompt(head.pricing->prompt);
  pricing.set_completion(head.pricing->completion);
  if (head.pricing->cached_prompt) pricing.set_cached_prompt(*head.pricing->cached_prompt);
  if (head.pricing->cache_write) pricing.set_cache_write(*head.pricing->cache_write);
  if (head.pricing->reasoning) pricing.set_reasoning(*head.pricing->reasoning);
}

void SummaryToProto(const CallSummary& summary, v1::CallSummary& out) {
  out.set_outcome(ToProto(summary.outcome));
  out.set_message(summary.message);
  out.set_param(summary.param);
  out.set_retry_after_seconds(summary.retry_after_seconds);
  out.set_target(summary.target);
  out.set_provider(summary.provider);
  out.set_variant(summary.variant);
  out.set_first_byte_us(summary.first_byte_us);
  out.set_total_us(summary.total_us);
  for (const Attempt& attempt : summary.attempts) {
    v1::Attempt& proto = *out.add_attempts();
    proto.set_target(attempt.target);
    proto.set_model(attempt.model);
    proto.set_outcome(ToProto(attempt.outcome));
    proto.set_http_status(attempt.http_status);
    proto.set_latency_us(attempt.latency_us);
  }
}

void TargetsToProto(const std::vector<TargetStatus>& targets, v1::ListTargetsResponse& out) {
  for (const TargetStatus& target : targets) {
    v1::TargetStatus& proto = *out.add_targets();
    proto.set_id(target.id);
    proto.set_provider(target.provider);
    proto.set_model(target.model);
    proto.set_description(target.description);
    proto.set_available(target.available);
    proto.set_healthy(target.healthy);
    proto.set_circuit(CircuitToProto(target.circuit));
    proto.set_in_flight(target.in_flight);
    proto.set_last_error(target.last_error);
    proto.set_drained(target.drained);
    proto.set_latency_us(target.latency_us);
    proto.set_stream_latency_us(target.stream_latency_us);
    proto.set_error_rate(target.error_rate);
    proto.set_open_for_ms(target.open_for_ms);
    proto.set_keys(target.keys);
    proto.set_keys_cooling(target.keys_cooling);
    for (const std::string& group : target.groups) proto.add_groups(group);
    proto.set_weight(target.weight);
    for (const CircuitTrip& trip : target.trips) {
      v1::CircuitTrip& trip_proto = *proto.add_trips();
      trip_proto.set_opened_us(trip.opened_us);
      trip_proto.set_open_until_us(trip.open_until_us);
      trip_proto.set_closed_us(trip.closed_us);
      trip_proto.set_cause(trip.cause);
      trip_proto.set_closed_by(trip.closed_by);
      trip_proto.set_failures(trip.failures);
    }
  }
}

}  // namespace portcullis::router
