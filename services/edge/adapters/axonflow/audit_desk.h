// Asks the audit service, whose calls block, from workers.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/api/audit_api.h"
#include "services/edge/adapters/axonflow/desk.h"

namespace portcullis::edge {

// Thread-safe, with a desk's lifetime. `audit` must outlive it.
class AuditDesk {
 public:
  static constexpr size_t kMaxWaiting = Desk::kMaxWaiting;

  explicit AuditDesk(audit::AuditApi& audit) : audit_(audit) {}

  // As AuditApi's, on the worker of `executor`. RESOURCE_EXHAUSTED: too many questions wait.
  boost::asio::awaitable<absl::StatusOr<std::vector<audit::StoredRecord>>> Find(
      boost::asio::any_io_executor executor, audit::Query query);
  boost::asio::awaitable<absl::StatusOr<audit::Stats>> Aggregate(boost::asio::any_io_executor executor,
                                                                 audit::StatsQuery query);

 private:
  audit::AuditApi& audit_;
  Desk desk_;
};

}  // namespace portcullis::edge
