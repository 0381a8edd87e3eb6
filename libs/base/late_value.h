// A value that one thread brings and another takes, whichever comes first.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"

namespace portcullis::base {

// Thread-safe. Set once, taken once.
template <typename T>
class LateValue {
 public:
  using Later = absl::AnyInvocable<void(T) &&>;

  // Runs the function that waits for the value, if one does.
  void Set(T value) {
    Later later;
    {
      const std::lock_guard lock(mutex_);
      if (!later_) {
        value_ = std::move(value);
        return;
      }
      later = std::exchange(later_, nullptr);
    }
    std::move(later)(std::move(value));
  }

  // The value if it is there; then `later` stays as it is. Else `later` is taken, and runs inside Set.
  std::optional<T> TakeOr(Later& later) {
    const std::lock_guard lock(mutex_);
    if (!value_) later_ = std::move(later);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<T> value_;
  Later later_;
};

}  // namespace portcullis::base
