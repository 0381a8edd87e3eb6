#include "services/router/adapters/grpc/lane_calls.h"

#include <utility>
#include <vector>

#include "portcullis/router/v1/router_service.pb.h"
#include "services/router/adapters/grpc/router_translate.h"

namespace portcullis::router {
namespace {

// A completion on a lane. When the lane's queue is full the provider is not read until it has emptied.
class LaneCompletionCall final : public rpc::LaneServerCall, public CallObserver {
 public:
  explicit LaneCompletionCall(rpc::LaneReply reply) : reply_(std::move(reply)) {}

  void Begin(RouterApi& api, CompletionRequest request) { call_ = api.Start(std::move(request), *this); }

  void OnMessage(std::string) override {
    call_.reset();
    reply_.End(absl::InvalidArgumentError("a completion takes one message only"));
  }
  void OnWritable() override {
    if (call_ == nullptr || !paused_) return;
    paused_ = false;
    call_->Resume();
  }

  void OnHead(const ResponseHead& head) override {
    v1::CompleteResponse response;
    HeadToProto(head, *response.mutable_head());
    reply_.Send(response.SerializeAsString());
  }
  void OnData(std::string_view bytes) override {
    if (reply_.SendData(bytes) <= rpc::kHighWaterBytes || paused_) return;
    paused_ = true;
    call_->Pause();
  }
  void OnDone(const CallSummary& summary) override {
    v1::CompleteResponse response;
    SummaryToProto(summary, *response.mutable_summary());
    reply_.SendLast(response.SerializeAsString());
  }

 private:
  const rpc::LaneReply reply_;
  std::unique_ptr<Call> call_;
  bool paused_ = false;
};

void ListTargets(RouterApi& api, const rpc::LaneReply& reply) {
  api.Targets([reply](absl::StatusOr<std::vector<TargetStatus>> targets) {
    if (!targets.ok()) return reply.End(targets.status());
    v1::ListTargetsResponse response;
    TargetsToProto(*targets, response);
    reply.SendLast(response.SerializeAsString());
  });
}

}  // namespace

std::unique_ptr<rpc::LaneServerCall> RouterLaneHandler::OnOpen(base::RequestContext context,
                                                               std::string message, rpc::LaneReply reply) {
  v1::LaneRequest proto;
  if (!proto.ParseFromString(message) || proto.call_case() == v1::LaneRequest::CALL_NOT_SET) {
    reply.End(absl::InvalidArgumentError("the message is no LaneRequest that this version knows"));
    return nullptr;
  }
  if (proto.has_list_targets()) {
    ListTargets(api_, reply);
    return nullptr;
  }
  absl::StatusOr<CompletionRequest> request =
      CompletionFromProto(*proto.mutable_complete(), std::move(context));
  if (!request.ok()) {
    reply.End(request.status());
    return nullptr;
  }
  auto call = std::make_unique<LaneCompletionCall>(std::move(reply));
  call->Begin(api_, *std::move(request));
  return call;
}

}  // namespace portcullis::router
