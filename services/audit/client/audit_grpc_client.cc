#include "services/audit/client/audit_grpc_client.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/client/translate.h"

namespace portcullis::audit {
namespace {

void SetTimeout(grpc::ClientContext& context, base::Duration timeout) {
  context.set_deadline(gpr_time_from_nanos(timeout.count(), GPR_TIMESPAN));
}

absl::Status ToAbsl(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      base::ToAbsl(base::StrCat("audit service: ", status.error_message())));
}

// Reads an acknowledgement for each request, in order. UNAVAILABLE if the stream ended before.
absl::Status ReadAcknowledgements(grpc::ClientReaderWriter<v1::AppendRequest, v1::AppendResponse>& stream,
                                  const std::vector<v1::AppendRequest>& requests,
                                  grpc::ClientContext& context) {
  v1::AppendResponse response;
  for (const v1::AppendRequest& request : requests) {
    if (!stream.Read(&response)) return absl::UnavailableError("audit service: the stream ended early");
    if (response.spool() != request.spool() ||
        response.acknowledged_sequence() != request.leaves().rbegin()->sequence()) {
      context.TryCancel();
      return absl::InternalError("audit service: an acknowledgement does not fit its batch");
    }
  }
  return absl::OkStatus();
}

}  // namespace

AuditGrpcClient::AuditGrpcClient(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                 const AuditGrpcClientOptions& options, const base::Clock& clock)
    : options_(options), clock_(clock) {
  for (const auto& channel : channels) services_.push_back({v1::AuditService::NewStub(channel), {}, {}});
}

absl::Status AuditGrpcClient::AskInTurn(absl::FunctionRef<absl::Status(Service&)> ask) {
  const size_t first = turn_.fetch_add(1);
  absl::Status status;
  for (size_t i = 0; i < services_.size(); ++i) {
    status = ask(services_[(first + i) % services_.size()]);
    if (!absl::IsUnavailable(status)) return status;
  }
  return status;
}

void AuditGrpcClient::Append(std::vector<Leaf> leaves, AppendCallback done) {
  if (leaves.empty()) return std::move(done)(absl::OkStatus());
  const std::vector<v1::AppendRequest> requests = ToProto(std::move(leaves));
  std::move(done)(AskInTurn([&](Service& service) -> absl::Status {
    RETURN_IF_ERROR(CheckPause(service));
    absl::Status status = AppendTo(*service.stub, requests);
    NoteResult(status, service);
    return status;
  }));
}

void AuditGrpcClient::Find(const Query& query, QueryCallback done) {
  absl::StatusOr<std::vector<StoredRecord>> found;
  (void)AskInTurn([&](Service& service) {
    found = FindAt(*service.stub, query);
    return found.status();
  });
  std::move(done)(std::move(found));
}

void AuditGrpcClient::Aggregate(const StatsQuery& query, StatsCallback done) {
  v1::StatsResponse response;
  const absl::Status asked = AskInTurn([&](Service& service) {
    grpc::ClientContext context;
    SetTimeout(context, options_.find_timeout);
    response.Clear();
    return ToAbsl(service.stub->Stats(&context, ToProto(query), &response));
  });
  std::move(done)(asked.ok() ? absl::StatusOr<Stats>(FromProto(response)) : asked);
}

void AuditGrpcClient::ReadContent(const Query& query, ContentCallback done) {
  v1::ReadContentResponse response;
  const absl::Status asked = AskInTurn([&](Service& service) {
    grpc::ClientContext context;
    SetTimeout(context, options_.find_timeout);
    response.Clear();
    return ToAbsl(service.stub->ReadContent(&context, ToContentProto(query), &response));
  });
  if (!asked.ok()) return std::move(done)(asked);
  std::move(done)(FromProto(std::move(response)));
}

absl::Status AuditGrpcClient::Follow(const Query& query,
                                     absl::FunctionRef<absl::Status(const StoredRecord&)> use) {
  grpc::ClientContext context;
  v1::FindRequest request = ToProto(query);
  request.set_follow(true);
  const auto stream = services_[turn_.fetch_add(1) % services_.size()].stub->Find(&context, request);
  v1::FindResponse page;
  absl::Status status;
  while (status.ok() && stream->Read(&page)) {
    for (const v1::StoredRecord& record : page.records()) {
      absl::StatusOr<StoredRecord> plain = FromProto(record);
      status = plain.ok() ? use(*plain) : plain.status();
      if (!status.ok()) break;
    }
  }
  if (!status.ok()) context.TryCancel();
  const grpc::Status finished = stream->Finish();
  if (!status.ok()) return absl::IsCancelled(status) ? absl::OkStatus() : status;
  return ToAbsl(finished);
}

absl::Status AuditGrpcClient::CheckPause(const Service& service) {
  std::lock_guard lock(mutex_);
  if (clock_.Monotonic() >= service.not_before) return absl::OkStatus();
  return absl::UnavailableError("audit service: failed a moment ago; waiting before the next attempt");
}

void AuditGrpcClient::NoteResult(const absl::Status& status, Service& service) {
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    service.backoff = {};
    return;
  }
  service.backoff = std::clamp(service.backoff * 2, options_.min_backoff, options_.max_backoff);
  service.not_before = clock_.Monotonic() + service.backoff;
}

absl::Status AuditGrpcClient::AppendTo(v1::AuditService::Stub& stub,
                                       const std::vector<v1::AppendRequest>& requests) {
  grpc::ClientContext context;
  SetTimeout(context, options_.append_timeout);
  const auto stream = stub.Append(&context);
  // A stream that breaks shows in the reads that follow and in its final status.
  for (const v1::AppendRequest& request : requests) {
    if (!stream->Write(request)) break;
  }
  stream->WritesDone();
  const absl::Status acknowledged = ReadAcknowledgements(*stream, requests, context);
  const grpc::Status finished = stream->Finish();
  if (absl::IsInternal(acknowledged) || finished.ok()) return acknowledged;
  return ToAbsl(finished);
}

absl::StatusOr<std::vector<StoredRecord>> AuditGrpcClient::FindAt(v1::AuditService::Stub& stub,
                                                                  const Query& query) {
  grpc::ClientContext context;
  SetTimeout(context, options_.find_timeout);
  const auto stream = stub.Find(&context, ToProto(query));
  std::vector<StoredRecord> records;
  v1::FindResponse page;
  while (stream->Read(&page)) {
    for (const v1::StoredRecord& record : page.records()) {
      ASSIGN_OR_RETURN(StoredRecord plain, FromProto(record));
      records.push_back(std::move(plain));
    }
  }
  const grpc::Status finished = stream->Finish();
  if (!finished.ok()) return ToAbsl(finished);
  return records;
}

}  // namespace portcullis::audit
