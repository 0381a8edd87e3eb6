// A clock that stands still until the test moves it. Thread-safe.
#pragma once

#include <mutex>

#include "libs/base/clock.h"

namespace portcullis::testing {

class FakeClock final : public base::Clock {
 public:
  // 2026-01-01T00:00:00Z, so that formatted times are recognised at sight.
  static constexpr base::SystemTime kStart{std::chrono::microseconds(1767225600000000)};

  explicit FakeClock(base::SystemTime now = kStart) : now_(now) {}

  base::SystemTime Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  base::MonotonicTime Monotonic() const override {
    const std::lock_guard lock(mutex_);
    return monotonic_;
  }

  // Moves both clocks. `by` must not be negative.
  void Advance(base::Duration by) {
    const std::lock_guard lock(mutex_);
    monotonic_ += by;
    now_ += std::chrono::duration_cast<std::chrono::microseconds>(by);
  }

  // Sets the clock for people only, as an administrator does, backwards too.
  void SetNow(base::SystemTime now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }

 private:
  mutable std::mutex mutex_;
  base::SystemTime now_;
  base::MonotonicTime monotonic_{std::chrono::hours(1)};  // not zero, which stands for "none" in deadlines
};

}  // namespace portcullis::testing
