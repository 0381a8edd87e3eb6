#include "services/edge/adapters/axonflow/audit_desk.h"

#include <utility>

namespace portcullis::edge {

boost::asio::awaitable<absl::StatusOr<std::vector<audit::StoredRecord>>> AuditDesk::Find(
    boost::asio::any_io_executor executor, audit::Query query) {
  return desk_.Await<std::vector<audit::StoredRecord>>(
      std::move(executor), [this, query = std::move(query)](audit::AuditApi::QueryCallback done) {
        audit_.Find(query, std::move(done));
      });
}

boost::asio::awaitable<absl::StatusOr<audit::Stats>> AuditDesk::Aggregate(
    boost::asio::any_io_executor executor, audit::StatsQuery query) {
  return desk_.Await<audit::Stats>(std::move(executor),
                                   [this, query = std::move(query)](audit::AuditApi::StatsCallback done) {
                                     audit_.Aggregate(query, std::move(done));
                                   });
}

}  // namespace portcullis::edge
