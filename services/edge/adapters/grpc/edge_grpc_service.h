// The front door for internal clients that speak gRPC: the same pipelines as the HTTP listener's, with the
// same policies, routing and audit.
//
// Requests are handed to the workers in turn; each stays on its worker.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/runtime/worker.h"
#include "portcullis/edge/v1/edge_service.grpc.pb.h"
#include "services/edge/adapters/pipeline/pipeline.h"

namespace portcullis::edge {

// For rpc::ServerHost::AddService.
inline constexpr char kEdgeServiceName[] = "portcullis.edge.v1.EdgeService";

struct GrpcWorker {
  runtime::Worker* worker = nullptr;
  Pipeline* pipeline = nullptr;
};

class EdgeGrpcService final : public v1::EdgeService::CallbackService {
 public:
  // `workers`: at least one, each with the pipeline that belongs to it. They outlive the service, which
  // outlives the grpc::Server; the workers run until the server is shut down.
  explicit EdgeGrpcService(std::vector<GrpcWorker> workers) : workers_(std::move(workers)) {}

  grpc::ServerUnaryReactor* Complete(grpc::CallbackServerContext* context, const v1::CompleteRequest* request,
                                     v1::CompleteResponse* response) override;
  grpc::ServerWriteReactor<v1::CompleteStreamResponse>* CompleteStream(
      grpc::CallbackServerContext* context, const v1::CompleteStreamRequest* request) override;
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const v1::CheckRequest* request,
                                  v1::CheckResponse* response) override;

 private:
  base::MonotonicTime Now() const { return workers_[0].pipeline->deps().clock.Monotonic(); }
  const GrpcWorker& NextWorker() {
    return workers_[next_.fetch_add(1, std::memory_order_relaxed) % workers_.size()];
  }

  const std::vector<GrpcWorker> workers_;
  std::atomic<size_t> next_{0};
};

}  // namespace portcullis::edge
