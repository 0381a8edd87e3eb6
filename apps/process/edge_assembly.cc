// The edge as a process of its own: the other services over gRPC.
#include <boost/asio/post.hpp>
#include <future>

#include "apps/process/address.h"
#include "apps/process/assemblies.h"
#include "apps/process/audit_options.h"
#include "apps/process/catalog_peers.h"
#include "apps/process/edge_front.h"
#include "apps/process/worker_count.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/lane_client.h"
#include "libs/rpc/resolver.h"
#include "libs/rpc/rpc_metrics.h"
#include "services/audit/client/audit_grpc_client.h"
#include "services/policy/client/catalog_grpc_client.h"
#include "services/policy/client/policy_grpc_client.h"
#include "services/router/client/router_grpc_client.h"
#include "services/router/client/router_weights_client.h"

namespace portcullis::app {
namespace {

// One worker's lanes to its peers.
struct WorkerPeers {
  WorkerPeers(Context& context, runtime::Worker& worker)
      : policy_lanes(
            LaneOptions(context, "policy", policy::kPolicyLaneMethod, context.config.edge.peers.policy),
            worker, context.clock, rng, context.security->Channel("policy"),
            std::make_unique<rpc::DnsResolver>(worker.io())),
        router_lanes(
            LaneOptions(context, "router", router::kRouterLaneMethod, context.config.edge.peers.router),
            worker, context.clock, rng, context.security->Channel("router"),
            std::make_unique<rpc::DnsResolver>(worker.io())),
        policy(policy_lanes, context.config.edge.peers.policy_timeout),
        router(router_lanes, context.clock) {
    policy_lanes.Start();
    router_lanes.Start();
  }

  static rpc::LaneClientOptions LaneOptions(Context& context, const char* service, const char* method,
                                            const std::vector<std::string>& targets) {
    rpc::LaneClientOptions options;
    options.service = service;
    options.method = method;
    options.targets = targets;
    options.ready = &context.metrics.AddGauge(rpc::kPeerLanes, {{"peer", service}});
    return options;
  }

  base::SystemRng rng;
  rpc::LaneClient policy_lanes;
  rpc::LaneClient router_lanes;
  policy::PolicyGrpcClient policy;
  router::RouterGrpcClient router;
};

class EdgeAssembly final : public Assembly {
 public:
  explicit EdgeAssembly(Context& context)
      : context_(context),
        workers_(WorkerCount(context.config)),
        audit_(rpc::NewChannels(context.config.edge.peers.audit, context.security->Channel("audit")), {},
               context.clock),
        catalog_(CatalogChannels(context), context.clock),
        weights_(context.config.edge.peers.router, context.security->Channel("router"), context.clock) {}

  ~EdgeAssembly() override {
    workers_.Stop();
    workers_.Join();
  }

  absl::Status Build() {
    if (const auto separate = SeparateCatalogs(context_.config, rpc::ResolveNow)) {
      context_.logger->Warning("a change of the policy catalogue does not reach all policy services",
                               {{"reason", *separate}});
    }
    for (size_t i = 0; i < workers_.size(); ++i) {
      peers_.push_back(std::make_unique<WorkerPeers>(context_, workers_[i]));
    }
    const auto of = [this](runtime::Worker& worker) -> WorkerPeers& {
      return *peers_[static_cast<size_t>(worker.index())];
    };
    ASSIGN_OR_RETURN(
        front_, EdgeFront::Create(
                    context_, workers_,
                    {audit_, catalog_,
                     [this](const router::TargetWeights& weights, const router::OperatorCall& by) {
                       return weights_.SetWeights(weights, by);
                     },
                     [of](runtime::Worker& worker) -> policy::PolicyApi& { return of(worker).policy; },
                     [of](runtime::Worker& worker) -> router::RouterApi& { return of(worker).router; }}));
    ASSIGN_OR_RETURN(std::unique_ptr<audit::RecordSpool> spool, front_->NewSpool());
    operators_ = MakeOperators(context_, std::move(spool));
    workers_.Start();
    return front_->StartGrpc();
  }

  std::string http_address() const override { return FormatAddress(front_->addresses()[0]); }
  std::string grpc_address() const override { return front_->grpc_address(); }

  http::Readiness Ready() override {
    std::promise<bool> policy_ready;
    boost::asio::post(workers_[0].io(),
                      [&] { policy_ready.set_value(peers_[0]->policy_lanes.ready_lanes() > 0); });
    http::Readiness readiness = front_->Ready();
    if (!policy_ready.get_future().get()) readiness.reasons.push_back("no policy service is reachable");
    return readiness;
  }

  OperatorActions& operators() override { return *operators_; }

  absl::Status Apply(const LoadedConfig& config) override {
    front_->SetLive(config);
    return absl::OkStatus();
  }

  void Drain(std::chrono::milliseconds patience) override { front_->Drain(patience); }

 private:
  static std::vector<std::shared_ptr<grpc::Channel>> CatalogChannels(Context& context) {
    std::vector<std::shared_ptr<grpc::Channel>> channels;
    for (const std::string& service : CatalogPeers(context.config)) {
      channels.push_back(rpc::NewChannel(service, context.security->Channel("policy")));
    }
    return channels;
  }

  Context& context_;
  runtime::WorkerPool workers_;
  audit::AuditGrpcClient audit_;
  policy::CatalogGrpcClient catalog_;
  router::RouterWeightsClient weights_;
  std::vector<std::unique_ptr<WorkerPeers>> peers_;
  std::unique_ptr<EdgeFront> front_;
  std::unique_ptr<OperatorActions> operators_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Assembly>> MakeEdge(Context& context) {
  auto assembly = std::make_unique<EdgeAssembly>(context);
  RETURN_IF_ERROR(assembly->Build());
  return assembly;
}

}  // namespace portcullis::app
