#include "services/audit/adapters/grpc/audit_grpc_service.h"

#include <utility>

#include "services/audit/adapters/grpc/streams.h"
#include "services/audit/client/translate.h"

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

grpc::ServerUnaryReactor* AuditGrpcService::Stats(grpc::CallbackServerContext* context,
                                                  const v1::StatsRequest* request,
                                                  v1::StatsResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  absl::StatusOr<StatsQuery> query = FromProto(*request);
  const grpc::Status admitted = Admit(streams_, options_.max_streams);
  if (!admitted.ok() || !query.ok()) {
    streams_.fetch_sub(1);
    reactor->Finish(admitted.ok() ? ToGrpc(query.status()) : admitted);
    return reactor;
  }
  pool_.Post([this, reactor, response, query = *std::move(query)] {
    audit_.Aggregate(query, [&](absl::StatusOr<audit::Stats> stats) {
      if (stats.ok()) *response = ToProto(*stats);
      streams_.fetch_sub(1);
      reactor->Finish(ToGrpc(stats.status()));
    });
  });
  return reactor;
}

}  // namespace portcullis::audit
