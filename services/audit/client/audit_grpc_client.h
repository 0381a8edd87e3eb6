// The audit service in another process.
#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

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

// Thread-safe. All calls block until the answer is there and call back on the caller's thread.
//
// Calls go to the services in turn; one that cannot be reached is passed over. Each Append is one short
// bidirectional stream: the batches go out one after the other, each is acknowledged, and the stream has one
// deadline. After a failure a service gets no further Append until a pause is over, which doubles with each
// failure; UNAVAILABLE at once while that holds for all. Channels connect again by themselves.
class AuditGrpcClient final : public AuditApi {
 public:
  // One channel at least, each to an audit service (several share their database). `clock` must outlive the
  // client.
  AuditGrpcClient(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                  const AuditGrpcClientOptions& options, const base::Clock& clock);

  void Append(std::vector<Leaf> leaves, AppendCallback done) override;
  void Find(const Query& query, QueryCallback done) override;
  void Aggregate(const StatsQuery& query, StatsCallback done) override;
  void ReadContent(const Query& query, ContentCallback done) override;

  // The records that the query selects and then, without end, those that come; `use` is called with each.
  // Ends with the first status of `use` that is not OK (CANCELLED is not told as an error), or when the
  // service ends it.
  absl::Status Follow(const Query& query, absl::FunctionRef<absl::Status(const StoredRecord&)> use);

 private:
  struct Service {
    std::unique_ptr<v1::AuditService::Stub> stub;
    base::Duration backoff{};  // guarded by mutex_, as what follows
    base::MonotonicTime not_before{};
  };

  // Calls services in turn until one answers something else than UNAVAILABLE.
  absl::Status AskInTurn(absl::FunctionRef<absl::Status(Service&)> ask);
  absl::Status CheckPause(const Service& service);
  void NoteResult(const absl::Status& status, Service& service);
  absl::Status AppendTo(v1::AuditService::Stub& stub, const std::vector<v1::AppendRequest>& requests);
  absl::StatusOr<std::vector<StoredRecord>> FindAt(v1::AuditService::Stub& stub, const Query& query);

  const AuditGrpcClientOptions options_;
  const base::Clock& clock_;
  std::vector<Service> services_;
  std::atomic<size_t> turn_{0};
  std::mutex mutex_;
};

}  // namespace portcullis::audit
