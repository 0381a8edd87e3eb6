#include "services/audit/adapters/grpc/task_pool.h"

namespace portcullis::audit {

TaskPool::TaskPool(int threads, const base::Clock& clock) : clock_(clock) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

TaskPool::~TaskPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void TaskPool::PostAfter(base::Duration delay, Task task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push({clock_.Monotonic() + delay, next_order_++, std::make_shared<Task>(std::move(task))});
  }
  wake_.notify_one();
}

void TaskPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (tasks_.empty()) {
      if (stopping_) return;
      wake_.wait(lock);
      continue;
    }
    const base::Duration left = tasks_.top().at - clock_.Monotonic();
    if (left > base::Duration::zero() && !stopping_) {
      wake_.wait_for(lock, left);
      continue;
    }
    const std::shared_ptr<Task> task = tasks_.top().task;
    tasks_.pop();
    lock.unlock();
    std::move (*task)();
    lock.lock();
  }
}

}  // namespace portcullis::audit
