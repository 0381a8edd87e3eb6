#include "services/edge/adapters/axonflow/audit_desk.h"

#include <boost/asio/post.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "libs/runtime/signal.h"

namespace portcullis::edge {
namespace {

// What a coroutine and the desk's thread share: either may be gone first.
template <typename Result>
struct Answer {
  explicit Answer(boost::asio::any_io_executor worker) : executor(worker), signal(worker) {}

  boost::asio::any_io_executor executor;
  runtime::Signal signal;                        // on the worker
  std::optional<absl::StatusOr<Result>> result;  // on the worker
};

// Hands the result to the worker.
template <typename Result>
void Bring(std::shared_ptr<Answer<Result>> answer, absl::StatusOr<Result> result) {
  const boost::asio::any_io_executor executor = answer->executor;
  boost::asio::post(executor, [answer = std::move(answer), result = std::move(result)]() mutable {
    answer->result = std::move(result);
    answer->signal.Set();
  });
}

}  // namespace

AuditDesk::AuditDesk(audit::AuditApi& audit) : audit_(audit), thread_([this] { Run(); }) {}

AuditDesk::~AuditDesk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool AuditDesk::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= kMaxWaiting) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void AuditDesk::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    std::move(task)();
    lock.lock();
  }
}

template <typename Result, typename Ask>
boost::asio::awaitable<absl::StatusOr<Result>> AuditDesk::Await(boost::asio::any_io_executor executor,
                                                                Ask ask) {
  auto answer = std::make_shared<Answer<Result>>(executor);
  const bool posted = Post([answer, ask = std::move(ask)]() mutable {
    ask([answer = std::move(answer)](absl::StatusOr<Result> result) { Bring(answer, std::move(result)); });
  });
  if (!posted) co_return absl::ResourceExhaustedError("too many questions to the audit service wait");
  while (!answer->result) co_await answer->signal.Wait();
  co_return *std::move(answer->result);
}

boost::asio::awaitable<absl::StatusOr<std::vector<audit::StoredRecord>>> AuditDesk::Find(
    boost::asio::any_io_executor executor, audit::Query query) {
  return Await<std::vector<audit::StoredRecord>>(
      std::move(executor), [this, query = std::move(query)](audit::AuditApi::QueryCallback done) {
        audit_.Find(query, std::move(done));
      });
}

boost::asio::awaitable<absl::StatusOr<audit::Stats>> AuditDesk::Aggregate(
    boost::asio::any_io_executor executor, audit::StatsQuery query) {
  return Await<audit::Stats>(std::move(executor),
                             [this, query = std::move(query)](audit::AuditApi::StatsCallback done) {
                               audit_.Aggregate(query, std::move(done));
                             });
}

}  // namespace portcullis::edge
