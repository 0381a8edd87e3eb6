// A few threads for calls that block, so that gRPC's own threads never do.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "libs/base/clock.h"

namespace portcullis::audit {

// Thread-safe. The number of waiting tasks is bounded by whoever posts: each stream has one at most.
class TaskPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  // `clock` must outlive the pool.
  TaskPool(int threads, const base::Clock& clock);
  ~TaskPool();  // runs what waits, delayed tasks at once, and joins
  TaskPool(const TaskPool&) = delete;
  TaskPool& operator=(const TaskPool&) = delete;

  void Post(Task task) { PostAfter({}, std::move(task)); }

  // Runs the task when `delay` is over.
  void PostAfter(base::Duration delay, Task task);

 private:
  struct Timed {
    base::MonotonicTime at;
    uint64_t order;
    std::shared_ptr<Task> task;
    bool operator<(const Timed& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };

  void Run();

  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Timed> tasks_;
  uint64_t next_order_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace portcullis::audit
