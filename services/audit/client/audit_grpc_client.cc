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

AuditGrpcClient::AuditGrpcClient(std::shared_ptr<grpc::Channel> channel,
                                 const AuditGrpcClientOptions& options, const base::Clock& clock)
    : stub_(v1::AuditService::NewStub(std::move(channel))), options_(options), clock_(clock) {}

void AuditGrpcClient::Append(std::vector<Leaf> leaves, AppendCallback done) {
  if (leaves.empty()) return std::move(done)(absl::OkStatus());
  absl::Status status = CheckPause();
  if (status.ok()) {
    status = AppendAll(std::move(leaves));
    NoteResult(status);
  }
  std::move(done)(std::move(status));
}

void AuditGrpcClient::Find(const Query& query, QueryCallback done) { std::move(done)(FindAll(query)); }

void AuditGrpcClient::Aggregate(const StatsQuery& query, StatsCallback done) {
  grpc::ClientContext context;
  SetTimeout(context, options_.find_timeout);
  v1::StatsResponse response;
  const grpc::Status finished = stub_->Stats(&context, ToProto(query), &response);
  std::move(done)(finished.ok() ? absl::StatusOr<Stats>(FromProto(response)) : ToAbsl(finished));
}

absl::Status AuditGrpcClient::Follow(const Query& query,
                                     absl::FunctionRef<absl::Status(const StoredRecord&)> use) {
  grpc::ClientContext context;
  v1::FindRequest request = ToProto(query);
  request.set_follow(true);
  const auto stream = stub_->Find(&context, request);
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

absl::Status AuditGrpcClient::CheckPause() {
  std::lock_guard lock(mutex_);
  if (clock_.Monotonic() >= not_before_) return absl::OkStatus();
  return absl::UnavailableError("audit service: failed a moment ago; waiting before the next attempt");
}

void AuditGrpcClient::NoteResult(const absl::Status& status) {
  std::lock_guard lock(mutex_);
  if (status.ok()) {
    backoff_ = {};
    return;
  }
  backoff_ = std::clamp(backoff_ * 2, options_.min_backoff, options_.max_backoff);
  not_before_ = clock_.Monotonic() + backoff_;
}

absl::Status AuditGrpcClient::AppendAll(std::vector<Leaf> leaves) {
  const std::vector<v1::AppendRequest> requests = ToProto(std::move(leaves));
  grpc::ClientContext context;
  SetTimeout(context, options_.append_timeout);
  const auto stream = stub_->Append(&context);
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

absl::StatusOr<std::vector<StoredRecord>> AuditGrpcClient::FindAll(const Query& query) {
  grpc::ClientContext context;
  SetTimeout(context, options_.find_timeout);
  const auto stream = stub_->Find(&context, ToProto(query));
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
