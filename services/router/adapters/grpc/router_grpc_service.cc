#include "services/router/adapters/grpc/router_grpc_service.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/context_translate.h"
#include "libs/rpc/peer.h"
#include "libs/rpc/status_map.h"
#include "services/router/adapters/grpc/router_translate.h"

namespace portcullis::router {
namespace {

constexpr char kControlEndpoint[] = "/portcullis.router.v1.RouterService/ControlTarget";
constexpr char kWeightsEndpoint[] = "/portcullis.router.v1.RouterService/SetWeights";

}  // namespace

RouterGrpcService::RouterGrpcService(std::vector<RouterWorker> workers, RouterAdmin& admin,
                                     const base::Clock& clock, const rpc::LaneServerOptions& options)
    : workers_(std::move(workers)), admin_(admin), clock_(clock) {
  std::vector<rpc::LaneBinding> bindings;
  for (const RouterWorker& at : workers_) {
    handlers_.push_back(std::make_unique<RouterLaneHandler>(*at.api));
    bindings.push_back({at.worker, handlers_.back().get()});
  }
  lanes_ = std::make_unique<rpc::LaneServer>(options, clock, std::move(bindings));
}

RouterGrpcService::~RouterGrpcService() = default;

RouterWorker RouterGrpcService::NextWorker() {
  return workers_[next_worker_.fetch_add(1, std::memory_order_relaxed) % workers_.size()];
}

grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* RouterGrpcService::Lane(
    grpc::CallbackServerContext*) {
  return lanes_->Accept();
}

grpc::ServerWriteReactor<v1::CompleteResponse>* RouterGrpcService::Complete(
    grpc::CallbackServerContext* context, const v1::CompleteRequest* request) {
  return router::Complete(NextWorker(), *context, *request, clock_);
}

grpc::ServerUnaryReactor* RouterGrpcService::ListTargets(grpc::CallbackServerContext* context,
                                                         const v1::ListTargetsRequest*,
                                                         v1::ListTargetsResponse* response) {
  return router::ListTargets(NextWorker(), *context, *response);
}

grpc::ServerUnaryReactor* RouterGrpcService::ControlTarget(grpc::CallbackServerContext* context,
                                                           const v1::ControlTargetRequest* request,
                                                           v1::ControlTargetResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(rpc::ToGrpc(Control(*context, *request)));
  return reactor;
}

absl::Status RouterGrpcService::Control(const grpc::CallbackServerContext& context,
                                        const v1::ControlTargetRequest& request) {
  ASSIGN_OR_RETURN(const TargetAction action, ActionFromProto(request.action()));
  ASSIGN_OR_RETURN(const OperatorCall by, CallerOf(context, request.context(), kControlEndpoint));
  return admin_.Control(request.target(), action, by);
}

grpc::ServerUnaryReactor* RouterGrpcService::SetWeights(grpc::CallbackServerContext* context,
                                                        const v1::SetWeightsRequest* request,
                                                        v1::SetWeightsResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(rpc::ToGrpc(Weigh(*context, *request)));
  return reactor;
}

absl::Status RouterGrpcService::Weigh(const grpc::CallbackServerContext& context,
                                      const v1::SetWeightsRequest& request) {
  ASSIGN_OR_RETURN(const OperatorCall by, CallerOf(context, request.context(), kWeightsEndpoint));
  TargetWeights weights;
  for (const auto& [id, weight] : request.weights()) weights[id] = weight;
  return admin_.SetWeights(weights, by);
}

absl::StatusOr<OperatorCall> RouterGrpcService::CallerOf(const grpc::CallbackServerContext& context,
                                                         const common::v1::RequestContext& given,
                                                         const char* endpoint) const {
  ASSIGN_OR_RETURN(base::RequestContext read, rpc::ContextFromProto(given, clock_.Monotonic()));
  return OperatorCall{std::move(read.user), rpc::AddressOfPeer(context.peer()), endpoint, "GRPC"};
}

}  // namespace portcullis::router
