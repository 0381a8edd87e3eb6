// The two streams of AuditService while they live. Each deletes itself when gRPC is done with it.
//
// At any time a stream either waits for one gRPC operation or has one task in the pool, never both; so its
// members need no lock.
#pragma once

#include <atomic>
#include <string>

#include "libs/base/clock.h"
#include "portcullis/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/adapters/grpc/task_pool.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit {

// What all streams share.
struct StreamParts {
  AuditApi& audit;
  TaskPool& pool;
  std::atomic<int>& streams;  // that are alive
};

class AppendStream final : public grpc::ServerBidiReactor<v1::AppendRequest, v1::AppendResponse> {
 public:
  // Ends at once with `refusal` if that is not OK.
  AppendStream(const StreamParts& parts, const grpc::Status& refusal);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone() override;

 private:
  void Store();
  void Answer(const absl::Status& status);

  const StreamParts parts_;
  v1::AppendRequest request_;
  v1::AppendResponse response_;
};

class FindStream final : public grpc::ServerWriteReactor<v1::FindResponse> {
 public:
  // `peer`: who is at the other end, as this service sees it.
  FindStream(const StreamParts& parts, const grpc::Status& refusal, const v1::FindRequest& request,
             std::string peer, base::Duration follow_poll);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override;

 private:
  void NextPage();
  void SendPage(absl::StatusOr<std::vector<StoredRecord>> records);
  void WaitForMore();

  const StreamParts parts_;
  const base::Duration follow_poll_;
  const bool follow_;
  Query query_;
  uint32_t left_ = 0;  // records that may still be sent
  bool live_ = false;  // following: the stored records are sent
  std::atomic<bool> cancelled_{false};
  v1::FindResponse page_;
};

grpc::Status ToGrpc(const absl::Status& status);

}  // namespace portcullis::audit
