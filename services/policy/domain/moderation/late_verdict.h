// The verdict on a request that went to the provider meanwhile: the answer waits for it.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "services/policy/domain/moderation/moderator.h"

namespace portcullis::policy {

// Thread-safe. Taken once.
class LateVerdict {
 public:
  void Set(ModerationVerdict verdict) {
    Moderator::Callback waiting;
    {
      const std::lock_guard lock(mutex_);
      if (!waiting_) {
        verdict_ = std::move(verdict);
        return;
      }
      waiting = std::exchange(waiting_, nullptr);
    }
    std::move(waiting)(std::move(verdict));
  }

  // `next` runs inside the call if the verdict is there, else inside Set.
  void Take(Moderator::Callback next) {
    {
      const std::lock_guard lock(mutex_);
      if (!verdict_) {
        waiting_ = std::move(next);
        return;
      }
    }
    std::move(next)(*std::move(verdict_));
  }

 private:
  std::mutex mutex_;
  std::optional<ModerationVerdict> verdict_;
  Moderator::Callback waiting_;
};

}  // namespace portcullis::policy
