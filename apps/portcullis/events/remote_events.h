// Events from an audit service, over gRPC.
#pragma once

#include <memory>
#include <string>

#include "apps/portcullis/events/events_log.h"
#include "libs/base/clock.h"
#include "libs/rpc/security.h"
#include "services/audit/client/audit_grpc_client.h"

namespace portcullis::events {

class RemoteEvents final : public EventsLog {
 public:
  // "HOST:PORT" of the audit service; connects at the first call. `security` and `clock` must outlive it.
  RemoteEvents(const std::string& server, const rpc::Security& security, const base::Clock& clock);

  absl::Status ForEach(const audit::Query& query, Use use) override;
  absl::StatusOr<std::vector<Event>> Newest(const audit::Query& query) override;
  absl::Status Follow(const audit::Query& query, Use use) override;
  absl::StatusOr<std::vector<EventContent>> ReadContent(const audit::Query& query) override;
  absl::StatusOr<audit::Stats> Aggregate(const audit::StatsQuery& query) override;
  uint64_t pending() const override { return 0; }

 private:
  absl::StatusOr<std::vector<audit::StoredRecord>> Find(const audit::Query& query);

  audit::AuditGrpcClient client_;
};

}  // namespace portcullis::events
