#include "services/policy/adapters/grpc/exchange_steps.h"

#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/policy/adapters/grpc/policy_translate.h"

namespace portcullis::policy {
namespace {

// Calls `start` with a callback and returns what the callback got. The result is shared with the callback, in
// case an API keeps it longer than it may.
template <typename T, typename Start>
absl::StatusOr<T> Await(Start start) {
  auto result = std::make_shared<std::optional<absl::StatusOr<T>>>();
  start([result](absl::StatusOr<T> value) { *result = std::move(value); });
  if (!result->has_value()) return absl::InternalError("the policy API did not answer within the call");
  return std::move(**result);
}

absl::StatusOr<OpenResult> OpenAt(PolicyApi& api, const OpenRequest& request) {
  return Await<OpenResult>([&](PolicyApi::OpenCallback done) { api.Open(request, std::move(done)); });
}

absl::StatusOr<Decision> CheckOutputAt(Exchange& exchange, std::vector<Segment> segments) {
  return Await<Decision>(
      [&](Exchange::DecisionCallback done) { exchange.CheckOutput(std::move(segments), std::move(done)); });
}

}  // namespace

ExchangeSteps::~ExchangeSteps() {
  if (exchange_ == nullptr) return;
  std::lock_guard lock(slot_.mutex);
  exchange_.reset();
}

absl::StatusOr<ExchangeSteps::Next> ExchangeSteps::Take(const v1::ExchangeRequest& request,
                                                        const base::RequestContext& context,
                                                        v1::ExchangeResponse& response) {
  if (request.step_case() == v1::ExchangeRequest::STEP_NOT_SET) {
    return absl::InvalidArgumentError("the request names no step: open, output, guard or close");
  }
  if (request.has_open() == opened_) {
    return absl::FailedPreconditionError(opened_ ? "the exchange is open already"
                                                 : "the first step must be open");
  }
  std::lock_guard lock(slot_.mutex);
  if (request.has_open()) return Open(request.open(), context, *response.mutable_open());
  if (exchange_ == nullptr) return absl::FailedPreconditionError("the exchange is over");
  if (request.has_output()) return Output(request.output(), *response.mutable_output());
  if (request.has_guard()) return Guard(request.guard(), *response.mutable_guard());
  exchange_->Close(SummaryFromProto(request.close()));
  exchange_.reset();
  return Next::kEnd;
}

absl::StatusOr<ExchangeSteps::Next> ExchangeSteps::Open(const v1::ExchangeOpen& open,
                                                        const base::RequestContext& context,
                                                        v1::OpenVerdict& out) {
  opened_ = true;
  ASSIGN_OR_RETURN(const OpenRequest request, OpenFromProto(open, context));
  ASSIGN_OR_RETURN(OpenResult result, OpenAt(*slot_.api, request));
  exchange_ = std::move(result.exchange);
  DecisionToProto(result.decision, *out.mutable_decision());
  out.set_bundle(result.bundle);
  return exchange_ == nullptr ? Next::kSendAndEnd : Next::kSend;
}

absl::StatusOr<ExchangeSteps::Next> ExchangeSteps::Output(const v1::ExchangeOutput& output,
                                                          v1::Decision& out) {
  ASSIGN_OR_RETURN(std::vector<Segment> segments, SegmentsFromProto(output.segments()));
  RETURN_IF_ERROR(CheckTarget(output.target()));
  if (!output.target().empty()) exchange_->SetTarget(output.target());
  ASSIGN_OR_RETURN(const Decision decision, CheckOutputAt(*exchange_, std::move(segments)));
  DecisionToProto(decision, out);
  return Next::kSend;
}

absl::StatusOr<ExchangeSteps::Next> ExchangeSteps::Guard(const v1::ExchangeGuard& guard,
                                                         v1::GuardVerdict& out) {
  ASSIGN_OR_RETURN(const std::vector<Piece> pieces, PiecesFromProto(guard));
  RETURN_IF_ERROR(CheckTarget(guard.target()));
  if (!guard.target().empty()) exchange_->SetTarget(guard.target());
  ASSIGN_OR_RETURN(const GuardResult result, Await<GuardResult>([&](Exchange::GuardCallback done) {
                     exchange_->Guard(pieces, std::move(done));
                   }));
  GuardToProto(result, out);
  if (form_ == ReleaseForm::kTexts) {
    texts_.Add(pieces);
    RETURN_IF_ERROR(texts_.Fill(out));
  }
  return Next::kSend;
}

absl::Status Check(PolicySlot& slot, const v1::CheckRequest& request, const base::RequestContext& context,
                   v1::CheckResponse& response) {
  if (!v1::Direction_IsValid(request.direction()))
    return absl::InvalidArgumentError("direction is not known");
  const bool output = request.direction() == v1::DIRECTION_OUTPUT;
  ASSIGN_OR_RETURN(std::vector<Segment> segments, SegmentsFromProto(request.segments()));
  ASSIGN_OR_RETURN(OpenRequest open, CheckFromProto(request, context));
  RETURN_IF_ERROR(CheckTarget(request.target()));
  if (!output) open.input = std::move(segments);
  std::lock_guard lock(slot.mutex);
  ASSIGN_OR_RETURN(OpenResult result, OpenAt(*slot.api, open));
  response.set_bundle(result.bundle);
  if (output && result.exchange != nullptr) {
    if (!request.target().empty()) result.exchange->SetTarget(request.target());
    ASSIGN_OR_RETURN(result.decision, CheckOutputAt(*result.exchange, std::move(segments)));
  }
  DecisionToProto(result.decision, *response.mutable_decision());
  if (result.exchange != nullptr) result.exchange->Close({.completed = true});
  return absl::OkStatus();
}

}  // namespace portcullis::policy
