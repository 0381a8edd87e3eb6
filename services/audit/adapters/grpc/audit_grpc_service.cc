#include "services/audit/adapters/grpc/audit_grpc_service.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/peer.h"
#include "services/audit/adapters/grpc/streams.h"
#include "services/audit/client/translate.h"
#include "services/audit/domain/proofs.h"

namespace portcullis::audit {
namespace {

// Counts one more stream; not OK if that is one too many.
grpc::Status Admit(std::atomic<int>& streams, int max_streams) {
  if (streams.fetch_add(1) < max_streams) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                      "too many audit streams at once; try again later");
}

std::string Bytes(const auto& bytes) { return std::string(bytes.begin(), bytes.end()); }

v1::Head HeadMessage(const LogHead& head) {
  v1::Head message;
  message.set_log_id(head.log_id);
  message.set_size(head.size);
  message.set_root(Bytes(head.root));
  message.set_time_us(head.time_us);
  message.set_key_id(head.key_id);
  message.set_signature(Bytes(head.signature));
  return message;
}

}  // namespace

AuditGrpcService::AuditGrpcService(AuditApi& audit, LogStore& log, const AuditGrpcServiceOptions& options,
                                   const base::Clock& clock)
    : audit_(audit), log_(log), options_(options), pool_(options.threads, clock) {}

grpc::ServerBidiReactor<v1::AppendRequest, v1::AppendResponse>* AuditGrpcService::Append(
    grpc::CallbackServerContext*) {
  return new AppendStream({audit_, pool_, streams_}, Admit(streams_, options_.max_streams));
}

grpc::ServerWriteReactor<v1::FindResponse>* AuditGrpcService::Find(grpc::CallbackServerContext* context,
                                                                   const v1::FindRequest* request) {
  return new FindStream({audit_, pool_, streams_}, Admit(streams_, options_.max_streams), *request,
                        rpc::NameOrAddressOfPeer(*context), options_.follow_poll);
}

template <typename Work>
grpc::ServerUnaryReactor* AuditGrpcService::Answer(grpc::CallbackServerContext* context, Work work) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const grpc::Status admitted = Admit(streams_, options_.max_streams);
  if (!admitted.ok()) {
    streams_.fetch_sub(1);
    reactor->Finish(admitted);
    return reactor;
  }
  pool_.Post([this, reactor, work = std::move(work)]() mutable {
    const absl::Status status = work();
    streams_.fetch_sub(1);
    reactor->Finish(ToGrpc(status));
  });
  return reactor;
}

grpc::ServerUnaryReactor* AuditGrpcService::Stats(grpc::CallbackServerContext* context,
                                                  const v1::StatsRequest* request,
                                                  v1::StatsResponse* response) {
  return Answer(context, [this, context, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(StatsQuery query, FromProto(*request));
    query.query.asker.peer = rpc::NameOrAddressOfPeer(*context);
    absl::Status status;
    audit_.Aggregate(query, [&](absl::StatusOr<audit::Stats> stats) {
      status = stats.status();
      if (stats.ok()) *response = ToProto(*stats);
    });
    return status;
  });
}

grpc::ServerUnaryReactor* AuditGrpcService::ReadContent(grpc::CallbackServerContext* context,
                                                        const v1::ReadContentRequest* request,
                                                        v1::ReadContentResponse* response) {
  return Answer(context, [this, context, request, response] {
    Query query = FromProto(*request);
    query.asker.peer = rpc::NameOrAddressOfPeer(*context);
    absl::Status status;
    audit_.ReadContent(query, [&](absl::StatusOr<std::vector<RecordContents>> records) {
      status = records.status();
      if (records.ok()) *response = ToProto(*std::move(records));
    });
    return status;
  });
}

grpc::ServerUnaryReactor* AuditGrpcService::GetHead(grpc::CallbackServerContext* context,
                                                    const v1::GetHeadRequest*,
                                                    v1::GetHeadResponse* response) {
  return Answer(context, [this, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const LogHead head, LastHead(log_));
    *response->mutable_head() = HeadMessage(head);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditGrpcService::ProveInclusion(grpc::CallbackServerContext* context,
                                                           const v1::ProveInclusionRequest* request,
                                                           v1::ProveInclusionResponse* response) {
  return Answer(context, [this, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const Receipt receipt, ParseReceipt(request->receipt()));
    ASSIGN_OR_RETURN(const InclusionProof proof, audit::ProveInclusion(log_, receipt));
    response->set_leaf_index(proof.index);
    for (const crypto::Digest& step : proof.path) response->add_path(Bytes(step));
    *response->mutable_head() = HeadMessage(proof.head);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AuditGrpcService::ProveConsistency(grpc::CallbackServerContext* context,
                                                             const v1::ProveConsistencyRequest* request,
                                                             v1::ProveConsistencyResponse* response) {
  return Answer(context, [this, request, response]() -> absl::Status {
    ASSIGN_OR_RETURN(const ConsistencyProof proof, audit::ProveConsistency(log_, request->first_size()));
    response->set_first_root(Bytes(proof.first_root));
    for (const crypto::Digest& step : proof.path) response->add_path(Bytes(step));
    *response->mutable_head() = HeadMessage(proof.head);
    return absl::OkStatus();
  });
}

}  // namespace portcullis::audit
