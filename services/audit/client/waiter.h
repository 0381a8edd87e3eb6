// Waiting between rounds of background work, injected so that tests need not wait.
#pragma once

#include <condition_variable>
#include <mutex>

#include "libs/base/clock.h"

namespace portcullis::audit {

// Thread-safe.
class Waiter {
 public:
  virtual ~Waiter() = default;

  // Returns after `at_most`, or sooner if Wake was called since the last return.
  virtual void Wait(base::Duration at_most) = 0;
  virtual void Wake() = 0;
};

class ConditionWaiter final : public Waiter {
 public:
  void Wait(base::Duration at_most) override {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, at_most, [this] { return woken_; });
    woken_ = false;
  }

  void Wake() override {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    wake_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;
};

}  // namespace portcullis::audit
