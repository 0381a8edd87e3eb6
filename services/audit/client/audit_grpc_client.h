// The audit service in another process.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <mutex>

#include "absl/functional/function_ref.h"
#include "libs/base/clock.h"
#include "portcullis/audit/v1/audit_service.grpc.pb.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit {

struct AuditGrpcClientOptions {
  base::Duration append_timeout = std::chrono::seconds(20);  // for all leaves of one Append
  base::Duration find_timeout = std::chrono::seconds(30);
  base::Duration min_backoff = std::chrono::milliseconds(100);
  base::Duration max_backoff = std::chrono::seconds(5);
};

// Thread-safe. Both calls block until the answer is there and call back on the caller's thread.
//
// Each Append is one short bidirectional stream over the channel's connection: the batches go out one after
// the other, each is acknowledged, and the stream has one deadline. After a failure further calls are refused
// with UNAVAILABLE at once until a pause is over, which doubles with each failure; the channel connects again
// by itself.
class AuditGrpcClient final : public AuditApi {
 public:
  // `clock` must outlive the client.
  AuditGrpcClient(std::shared_ptr<grpc::Channel> channel, const AuditGrpcClientOptions& options,
                  const base::Clock& clock);

  void Append(std::vector<Leaf> leaves, AppendCallback done) override;
  void Find(const Query& query, QueryCallback done) override;
  void Aggregate(const StatsQuery& query, StatsCallback done) override;

  // The records that the query selects and then, without end, those that come; `use` is called with each.
  // Ends with the first status of `use` that is not OK (CANCELLED is not told as an error), or when the
  // service ends it.
  absl::Status Follow(const Query& query, absl::FunctionRef<absl::Status(const StoredRecord&)> use);

 private:
  absl::Status CheckPause();
  void NoteResult(const absl::Status& status);
  absl::Status AppendAll(std::vector<Leaf> leaves);
  absl::StatusOr<std::vector<StoredRecord>> FindAll(const Query& query);

  const std::unique_ptr<v1::AuditService::Stub> stub_;
  const AuditGrpcClientOptions options_;
  const base::Clock& clock_;

  std::mutex mutex_;  // guards what follows
  base::Duration backoff_{};
  base::MonotonicTime not_before_{};
};

}  // namespace portcullis::audit
