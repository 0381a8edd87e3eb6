// What the edge is in both forms of the gateway: spools, HTTP servers and pipelines on every worker.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/process/context.h"
#include "apps/process/hosted_service.h"
#include "libs/runtime/worker.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/client/record_pipeline.h"
#include "services/edge/adapters/grpc/edge_grpc_service.h"
#include "services/edge/app/edge_component.h"
#include "services/edge/app/spool_journal.h"

namespace portcullis::app {

struct EdgeFrontPeers {
  audit::AuditApi& audit;
  policy::CatalogApi& catalog;
  edge::WeightsDesk::Set set_weights;
  std::function<policy::PolicyApi&(runtime::Worker&)> policy;
  std::function<router::RouterApi&(runtime::Worker&)> router;
};

// Create it before the workers run; destroy it when they are joined.
class EdgeFront {
 public:
  static absl::StatusOr<std::unique_ptr<EdgeFront>> Create(Context& context, runtime::WorkerPool& workers,
                                                           EdgeFrontPeers peers);

  // Starts the gRPC front door. After the workers have been started.
  absl::Status StartGrpc();

  // How requests that begin from now on are answered: what a reload changes. Thread-safe.
  void SetLive(const LoadedConfig& config);

  const std::vector<http::ListenAddress>& addresses() const { return edge_->addresses(); }
  std::string grpc_address() const { return grpc_.address(); }

  // The router's targets, which make the edge unready when none has its key, or when the router is away.
  // Asks a worker and waits at most a second; not from a worker.
  http::Readiness Ready();

  // One more spool for records of this process, to be destroyed before the front.
  absl::StatusOr<std::unique_ptr<audit::RecordSpool>> NewSpool() { return records_->NewSpool(); }

  // Waits for open requests, then for the audit service to have all records.
  void Drain(std::chrono::milliseconds patience);

 private:
  EdgeFront(Context& context, runtime::WorkerPool& workers, EdgeFrontPeers peers)
      : context_(context), workers_(workers), peers_(std::move(peers)) {}

  absl::Status Build();

  Context& context_;
  runtime::WorkerPool& workers_;
  const EdgeFrontPeers peers_;
  std::unique_ptr<audit::RecordPipeline> records_;
  std::vector<std::unique_ptr<edge::SpoolJournal>> journals_;
  std::unique_ptr<edge::AxonFlowDesks> axonflow_desks_;  // null without AxonFlow's paths
  std::unique_ptr<edge::EdgeComponent> edge_;
  std::unique_ptr<edge::EdgeGrpcService> grpc_service_;
  HostedService grpc_;
};

}  // namespace portcullis::app
