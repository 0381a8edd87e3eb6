// Calls and failures of the last moments: a ring of slices, each one atomic word, so that counting takes no
// lock and an old slice needs no sweeping.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "libs/base/clock.h"

namespace portcullis::router {

// Thread-safe.
class ErrorWindow {
 public:
  struct Counts {
    uint64_t calls = 0;
    uint64_t failures = 0;
    double Rate() const {
      return calls == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(calls);
    }
  };

  explicit ErrorWindow(std::chrono::milliseconds window)
      : slice_(std::chrono::duration_cast<base::Duration>(window) / kSlices) {}

  void Add(bool failed, base::MonotonicTime now);

  // Of the window that ends now; its oldest slice goes as a whole.
  Counts Count(base::MonotonicTime now) const;

  void Clear();

 private:
  static constexpr int kSlices = 8;
  static constexpr int kCountBits = 20;  // of calls, of failures; a full slice counts no further
  static constexpr uint64_t kMaxCount = (uint64_t{1} << kCountBits) - 1;

  uint64_t EpochOf(base::MonotonicTime now) const {
    return static_cast<uint64_t>(now.time_since_epoch() / slice_) & 0xFFFFFF;
  }

  const base::Duration slice_;
  std::array<std::atomic<uint64_t>, kSlices> slices_{};  // epoch (24 bits), calls, failures
};

}  // namespace portcullis::router
