// The router API as a gRPC service: lanes for the suite's own processes, Complete and ListTargets for
// everybody else. Calls spread over the workers; each stays on its worker.
//
// Lifetime: workers and their APIs outlive the service, the service outlives the grpc::Server, and the
// workers run until ServerHost::Drain has returned.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "libs/base/clock.h"
#include "libs/rpc/lane_server.h"
#include "portcullis/router/v1/router_service.grpc.pb.h"
#include "services/router/adapters/grpc/lane_calls.h"
#include "services/router/adapters/grpc/plain_calls.h"

namespace portcullis::router {

// For rpc::ServerHost::AddService.
inline constexpr char kRouterServiceName[] = "portcullis.router.v1.RouterService";

class RouterGrpcService final : public v1::RouterService::CallbackService {
 public:
  // `workers`: at least one, each with the API that belongs to it. `admin` outlives the service.
  RouterGrpcService(std::vector<RouterWorker> workers, RouterAdmin& admin, const base::Clock& clock,
                    const rpc::LaneServerOptions& options = {});
  ~RouterGrpcService() override;

  // Turns lanes away; for rpc::ServerHost::OnDrain.
  void GoAway() { lanes_->GoAway(); }

  grpc::ServerBidiReactor<common::v1::LaneBatch, common::v1::LaneBatch>* Lane(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::CompleteResponse>* Complete(grpc::CallbackServerContext* context,
                                                           const v1::CompleteRequest* request) override;
  grpc::ServerUnaryReactor* ListTargets(grpc::CallbackServerContext* context,
                                        const v1::ListTargetsRequest* request,
                                        v1::ListTargetsResponse* response) override;
  grpc::ServerUnaryReactor* ControlTarget(grpc::CallbackServerContext* context,
                                          const v1::ControlTargetRequest* request,
                                          v1::ControlTargetResponse* response) override;
  grpc::ServerUnaryReactor* SetWeights(grpc::CallbackServerContext* context,
                                       const v1::SetWeightsRequest* request,
                                       v1::SetWeightsResponse* response) override;

 private:
  RouterWorker NextWorker();
  absl::Status Control(const grpc::CallbackServerContext& context, const v1::ControlTargetRequest& request);
  absl::Status Weigh(const grpc::CallbackServerContext& context, const v1::SetWeightsRequest& request);
  // Who asks, as far as the call tells.
  absl::StatusOr<OperatorCall> CallerOf(const grpc::CallbackServerContext& context,
                                        const common::v1::RequestContext& given, const char* endpoint) const;

  const std::vector<RouterWorker> workers_;
  RouterAdmin& admin_;
  const base::Clock& clock_;
  std::vector<std::unique_ptr<RouterLaneHandler>> handlers_;
  std::unique_ptr<rpc::LaneServer> lanes_;
  std::atomic<size_t> next_worker_{0};
};

}  // namespace portcullis::router
