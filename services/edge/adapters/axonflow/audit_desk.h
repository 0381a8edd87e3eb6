// Asks the audit service, whose calls block, from workers, which may not: one thread, a bounded queue.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::edge {

// Thread-safe. `audit` must outlive it. Destroy it when the workers have been joined and before they are
// destroyed: questions under way are waited for, those that wait are dropped with their answers.
class AuditDesk {
 public:
  static constexpr size_t kMaxWaiting = 64;

  explicit AuditDesk(audit::AuditApi& audit);
  ~AuditDesk();
  AuditDesk(const AuditDesk&) = delete;
  AuditDesk& operator=(const AuditDesk&) = delete;

  // As AuditApi's, on the worker of `executor`. RESOURCE_EXHAUSTED: too many questions wait.
  boost::asio::awaitable<absl::StatusOr<std::vector<audit::StoredRecord>>> Find(
      boost::asio::any_io_executor executor, audit::Query query);
  boost::asio::awaitable<absl::StatusOr<audit::Stats>> Aggregate(boost::asio::any_io_executor executor,
                                                                 audit::StatsQuery query);

 private:
  using Task = absl::AnyInvocable<void() &&>;

  template <typename Result, typename Ask>
  boost::asio::awaitable<absl::StatusOr<Result>> Await(boost::asio::any_io_executor executor, Ask ask);
  bool Post(Task task);
  void Run();

  audit::AuditApi& audit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace portcullis::edge
