// Asks services whose calls block, from workers, which may not: one thread, a bounded queue.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/runtime/signal.h"

namespace portcullis::edge {

// Thread-safe. Destroy it when the workers have been joined and before they are destroyed: questions under
// way are waited for, those that wait are dropped with their answers.
class Desk {
 public:
  static constexpr size_t kMaxWaiting = 64;

  Desk();
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // Runs `ask` on the desk's thread; what it calls back with comes on the worker of `executor`.
  // RESOURCE_EXHAUSTED: too many questions wait.
  template <typename Result, typename Ask>
  boost::asio::awaitable<absl::StatusOr<Result>> Await(boost::asio::any_io_executor executor, Ask ask);

 private:
  using Task = absl::AnyInvocable<void() &&>;

  // What a coroutine and the desk's thread share: either may be gone first.
  template <typename Result>
  struct Answer {
    explicit Answer(boost::asio::any_io_executor worker) : executor(worker), signal(worker) {}

    // Hands the result to the worker.
    static void Bring(std::shared_ptr<Answer> answer, absl::StatusOr<Result> result) {
      const boost::asio::any_io_executor executor = answer->executor;
      boost::asio::post(executor, [answer = std::move(answer), result = std::move(result)]() mutable {
        answer->result = std::move(result);
        answer->signal.Set();
      });
    }

    boost::asio::any_io_executor executor;
    runtime::Signal signal;                        // on the worker
    std::optional<absl::StatusOr<Result>> result;  // on the worker
  };

  bool Post(Task task);
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

template <typename Result, typename Ask>
boost::asio::awaitable<absl::StatusOr<Result>> Desk::Await(boost::asio::any_io_executor executor, Ask ask) {
  auto answer = std::make_shared<Answer<Result>>(executor);
  const bool posted = Post([answer, ask = std::move(ask)]() mutable {
    ask([answer = std::move(answer)](absl::StatusOr<Result> result) {
      Answer<Result>::Bring(answer, std::move(result));
    });
  });
  if (!posted) co_return absl::ResourceExhaustedError("too many questions wait");
  while (!answer->result) co_await answer->signal.Wait();
  co_return *std::move(answer->result);
}

}  // namespace portcullis::edge
