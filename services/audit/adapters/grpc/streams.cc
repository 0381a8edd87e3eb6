#include "services/audit/adapters/grpc/streams.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "services/audit/client/translate.h"
#include "services/audit/domain/query.h"

namespace portcullis::audit {
namespace {

constexpr uint32_t kPage = 256;
constexpr size_t kPageBytes = size_t{1} << 20;  // a page is ended early past this

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

AppendStream::AppendStream(const StreamParts& parts, const grpc::Status& refusal) : parts_(parts) {
  if (refusal.ok()) {
    StartRead(&request_);
  } else {
    Finish(refusal);
  }
}

void AppendStream::OnReadDone(bool ok) {
  if (!ok) return Finish(grpc::Status::OK);  // the client is done, or gone
  parts_.pool.Post([this] { Store(); });
}

void AppendStream::Store() {
  response_.set_spool(request_.spool());
  response_.set_acknowledged_sequence(request_.leaves().empty() ? 0 : request_.leaves().rbegin()->sequence());
  absl::StatusOr<std::vector<Leaf>> leaves = FromProto(std::move(request_));
  if (!leaves.ok()) return Answer(leaves.status());
  parts_.audit.Append(*std::move(leaves), [this](absl::Status status) { Answer(status); });
}

void AppendStream::Answer(const absl::Status& status) {
  if (!status.ok()) return Finish(ToGrpc(status));
  StartWrite(&response_);
}

void AppendStream::OnWriteDone(bool ok) {
  if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone"));
  request_.Clear();
  StartRead(&request_);
}

void AppendStream::OnDone() {
  parts_.streams.fetch_sub(1);
  delete this;
}

FindStream::FindStream(const StreamParts& parts, const grpc::Status& refusal, const v1::FindRequest& request,
                       std::string peer, base::Duration follow_poll)
    : parts_(parts), follow_poll_(follow_poll), follow_(request.follow()) {
  absl::StatusOr<Query> query = FromProto(request);
  const absl::Status valid = query.ok() ? Validate(*query) : query.status();
  if (!refusal.ok() || !valid.ok()) {
    Finish(refusal.ok() ? ToGrpc(valid) : refusal);
    return;
  }
  query_ = *std::move(query);
  query_.asker.peer = std::move(peer);
  left_ = query_.limit;
  parts_.pool.Post([this] { NextPage(); });
}

void FindStream::NextPage() {
  if (cancelled_) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone"));
  query_.limit = std::min(left_, kPage);
  parts_.audit.Find(
      query_, [this](absl::StatusOr<std::vector<StoredRecord>> records) { SendPage(std::move(records)); });
}

void FindStream::SendPage(absl::StatusOr<std::vector<StoredRecord>> records) {
  if (!records.ok()) return Finish(ToGrpc(records.status()));
  query_.asker.recorded = true;  // with its first page
  if (records->empty()) {
    if (!follow_) return Finish(grpc::Status::OK);
    live_ = true;
    return WaitForMore();
  }
  page_.Clear();
  size_t bytes = 0;
  for (const StoredRecord& record : *records) {
    if (bytes > kPageBytes) break;
    *page_.add_records() = ToProto(record);
    bytes += page_.records().rbegin()->ByteSizeLong();
    query_.after = record.row;
  }
  if (!live_) left_ -= static_cast<uint32_t>(page_.records_size());
  StartWrite(&page_);
}

void FindStream::WaitForMore() {
  left_ = std::numeric_limits<uint32_t>::max();
  parts_.pool.PostAfter(follow_poll_, [this] { NextPage(); });
}

void FindStream::OnWriteDone(bool ok) {
  if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the client is gone"));
  if (left_ > 0) return parts_.pool.Post([this] { NextPage(); });
  if (!follow_) return Finish(grpc::Status::OK);
  live_ = true;
  WaitForMore();
}

void FindStream::OnDone() {
  parts_.streams.fetch_sub(1);
  delete this;
}

}  // namespace portcullis::audit
