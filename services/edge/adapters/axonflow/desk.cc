#include "services/edge/adapters/axonflow/desk.h"

namespace portcullis::edge {

Desk::Desk() : thread_([this] { Run(); }) {}

Desk::~Desk() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Desk::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= kMaxWaiting) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void Desk::Run() {
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

}  // namespace portcullis::edge
