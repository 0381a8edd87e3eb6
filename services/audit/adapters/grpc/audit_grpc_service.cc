#include "services/audit/adapters/grpc/audit_grpc_service.h"

#include "services/audit/adapters/grpc/streams.h"

namespace portcullis::audit {
namespace {

// Counts one more stream; not OK if that is one too many.
grpc::Status Admit(std::atomic<int>& streams, int max_streams) {
  if (streams.fetch_add(1) < max_streams) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                      "too many audit streams at once; try again later");
}

}  // namespace

AuditGrpcService::AuditGrpcService(AuditApi& audit, const AuditGrpcServiceOptions& options,
                                   const base::Clock& clock)
    : audit_(audit), options_(options), pool_(options.threads, clock) {}

grpc::ServerBidiReactor<v1::AppendRequest, v1::AppendResponse>* AuditGrpcService::Append(
    grpc::CallbackServerContext*) {
  return new AppendStream({audit_, pool_, streams_}, Admit(streams_, options_.max_streams));
}

grpc::ServerWriteReactor<v1::FindResponse>* AuditGrpcService::Find(grpc::CallbackServerContext*,
                                                                   const v1::FindRequest* request) {
  return new FindStream({audit_, pool_, streams_}, Admit(streams_, options_.max_streams), *request,
                        options_.follow_poll);
}

}  // namespace portcullis::audit
