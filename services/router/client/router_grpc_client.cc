#include "services/router/client/router_grpc_client.h"

#include <string>
#include <utility>

#include "libs/base/strings.h"
#include "portcullis/router/v1/router_service.pb.h"
#include "services/router/client/router_client_translate.h"

namespace portcullis::router {
namespace {

constexpr std::chrono::seconds kTargetsPatience{5};

Outcome OutcomeOf(const absl::Status& status, bool answered) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return Outcome::kTimeout;
    case absl::StatusCode::kResourceExhausted:
      return Outcome::kOverloaded;
    case absl::StatusCode::kInvalidArgument:
      return Outcome::kBadRequest;
    case absl::StatusCode::kCancelled:
      return Outcome::kCancelled;
    default:
      return answered ? Outcome::kCut : Outcome::kUnavailable;
  }
}

// One completion, as one call on a lane.
class LaneCompletion final : public Call, public rpc::LaneObserver {
 public:
  LaneCompletion(CallObserver& observer, const base::Clock& clock)
      : observer_(observer), clock_(clock), started_(clock.Monotonic()) {}

  void Begin(rpc::LaneClient& lanes, CompletionRequest request) {
    v1::LaneRequest proto;
    CompletionToProto(request, *proto.mutable_complete());
    call_ = lanes.Open(request.context, proto.SerializeAsString(), *this);
  }

  void Pause() override { call_->Pause(); }
  void Resume() override { call_->Resume(); }

  void OnMessage(std::string message) override;
  void OnData(std::string_view bytes) override;
  void OnWritable() override {}
  void OnEnd(const absl::Status& status) override;

 private:
  void Fail(const absl::Status& status);

  CallObserver& observer_;
  const base::Clock& clock_;
  const base::MonotonicTime started_;
  std::unique_ptr<rpc::LaneCall> call_;
  ResponseHead head_;  // kept for the summary of a lane that was lost
  uint64_t first_byte_us_ = 0;
  bool answered_ = false;
  bool done_ = false;
};

void LaneCompletion::OnMessage(std::string message) {
  if (done_) return;
  v1::CompleteResponse response;
  if (!response.ParseFromString(message)) {
    return Fail(absl::InternalError("the router service answered something unreadable"));
  }
  if (response.has_head() && !answered_) {
    answered_ = true;
    // A copy: the observer may destroy this call while it reads.
    const ResponseHead head = head_ = HeadFromProto(*response.mutable_head());
    return observer_.OnHead(head);
  }
  if (!response.has_summary()) {
    return Fail(absl::InternalError("the router service answered parts out of order"));
  }
  const absl::StatusOr<CallSummary> summary = SummaryFromProto(*response.mutable_summary());
  if (!summary.ok()) return Fail(summary.status());
  done_ = true;
  observer_.OnDone(*summary);
}

void LaneCompletion::OnData(std::string_view bytes) {
  if (done_) return;
  if (!answered_) return Fail(absl::InternalError("the router service answered data before a head"));
  if (first_byte_us_ == 0) {
    first_byte_us_ = static_cast<uint64_t>((clock_.Monotonic() - started_) / std::chrono::microseconds(1));
  }
  observer_.OnData(bytes);
}

void LaneCompletion::OnEnd(const absl::Status& status) {
  if (done_) return;
  Fail(status.ok() ? absl::InternalError("the router service ended the call without a summary") : status);
}

void LaneCompletion::Fail(const absl::Status& status) {
  done_ = true;
  CallSummary summary;
  summary.outcome = OutcomeOf(status, answered_);
  summary.message = std::string(base::Message(status));
  summary.target = head_.target;
  summary.provider = head_.provider;
  if (answered_)
    summary.attempts.push_back({head_.target, head_.model, summary.outcome, head_.http_status, 0});
  summary.first_byte_us = first_byte_us_;
  summary.total_us = static_cast<uint64_t>((clock_.Monotonic() - started_) / std::chrono::microseconds(1));
  observer_.OnDone(summary);
}

}  // namespace

// A ListTargets under way.
class LaneTargetsQuery final : public rpc::LaneObserver {
 public:
  LaneTargetsQuery(RouterGrpcClient& client, RouterApi::TargetsCallback done)
      : client_(client), done_(std::move(done)) {}

  void Begin(rpc::LaneClient& lanes, base::MonotonicTime deadline) {
    v1::LaneRequest proto;
    proto.mutable_list_targets();
    base::RequestContext context;
    context.deadline = deadline;
    call_ = lanes.Open(context, proto.SerializeAsString(), *this);
  }

  void OnMessage(std::string message) override {
    v1::ListTargetsResponse response;
    if (!response.ParseFromString(message)) {
      return Done(absl::InternalError("the router service answered something unreadable"));
    }
    Done(TargetsFromProto(response));
  }
  void OnData(std::string_view) override {}
  void OnWritable() override {}
  void OnEnd(const absl::Status& status) override {
    Done(status.ok() ? absl::InternalError("the router service did not answer") : status);
  }

 private:
  // Ends with this object's destruction.
  void Done(absl::StatusOr<std::vector<TargetStatus>> result) {
    const auto self = client_.queries_.extract(this);
    std::move(done_)(std::move(result));
  }

  RouterGrpcClient& client_;
  RouterApi::TargetsCallback done_;
  std::unique_ptr<rpc::LaneCall> call_;
};

RouterGrpcClient::RouterGrpcClient(rpc::LaneClient& lanes, const base::Clock& clock)
    : lanes_(lanes), clock_(clock) {}

RouterGrpcClient::~RouterGrpcClient() = default;

std::unique_ptr<Call> RouterGrpcClient::Start(CompletionRequest request, CallObserver& observer) {
  auto call = std::make_unique<LaneCompletion>(observer, clock_);
  call->Begin(lanes_, std::move(request));
  return call;
}

void RouterGrpcClient::Targets(TargetsCallback done) {
  auto query = std::make_unique<LaneTargetsQuery>(*this, std::move(done));
  LaneTargetsQuery* pending = query.get();
  queries_.emplace(pending, std::move(query));
  pending->Begin(lanes_, clock_.Monotonic() + kTargetsPatience);
}

}  // namespace portcullis::router
