// AuditService over any AuditApi: checks what comes from the network, translates, and keeps gRPC's threads
// free of calls that block.
#pragma once

#include <atomic>

#include "libs/base/clock.h"
#include "portcullis/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/adapters/grpc/task_pool.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

struct AuditGrpcServiceOptions {
  int threads = 4;         // that call the AuditApi
  int max_streams = 1024;  // at once, of both kinds; more are answered RESOURCE_EXHAUSTED
  base::Duration follow_poll = std::chrono::milliseconds(200);  // how often `follow` looks for new records
};

// Register with a grpc::ServerBuilder whose greatest message size is kMaxRequestBytes (client/translate.h).
// The server must be shut down, with a deadline, and gone before the service is destroyed.
class AuditGrpcService final : public v1::AuditService::CallbackService {
 public:
  // Everything passed must outlive the service.
  AuditGrpcService(AuditApi& audit, LogStore& log, const AuditGrpcServiceOptions& options,
                   const base::Clock& clock);

  grpc::ServerBidiReactor<v1::AppendRequest, v1::AppendResponse>* Append(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<v1::FindResponse>* Find(grpc::CallbackServerContext* context,
                                                   const v1::FindRequest* request) override;
  grpc::ServerUnaryReactor* Stats(grpc::CallbackServerContext* context, const v1::StatsRequest* request,
                                  v1::StatsResponse* response) override;
  grpc::ServerUnaryReactor* ReadContent(grpc::CallbackServerContext* context,
                                        const v1::ReadContentRequest* request,
                                        v1::ReadContentResponse* response) override;
  grpc::ServerUnaryReactor* GetHead(grpc::CallbackServerContext* context, const v1::GetHeadRequest* request,
                                    v1::GetHeadResponse* response) override;
  grpc::ServerUnaryReactor* ProveInclusion(grpc::CallbackServerContext* context,
                                           const v1::ProveInclusionRequest* request,
                                           v1::ProveInclusionResponse* response) override;
  grpc::ServerUnaryReactor* ProveConsistency(grpc::CallbackServerContext* context,
                                             const v1::ProveConsistencyRequest* request,
                                             v1::ProveConsistencyResponse* response) override;

 private:
  // Answers with what `work` says, from the pool.
  template <typename Work>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Work work);

  AuditApi& audit_;
  LogStore& log_;
  const AuditGrpcServiceOptions options_;
  TaskPool pool_;
  std::atomic<int> streams_{0};
};

}  // namespace portcullis::audit
