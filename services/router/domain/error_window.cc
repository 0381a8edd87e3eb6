#include "services/router/domain/error_window.h"

namespace portcullis::router {

void ErrorWindow::Add(bool failed, base::MonotonicTime now) {
  const uint64_t epoch = EpochOf(now);
  std::atomic<uint64_t>& slice = slices_[epoch % kSlices];
  uint64_t word = slice.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    uint64_t calls = 0;
    uint64_t failures = 0;
    if (word >> (2 * kCountBits) == epoch) {
      calls = (word >> kCountBits) & kMaxCount;
      failures = word & kMaxCount;
    }
    if (calls == kMaxCount) return;
    next = (epoch << (2 * kCountBits)) | ((calls + 1) << kCountBits) | (failures + (failed ? 1 : 0));
  } while (!slice.compare_exchange_weak(word, next, std::memory_order_relaxed));
}

ErrorWindow::Counts ErrorWindow::Count(base::MonotonicTime now) const {
  const uint64_t epoch = EpochOf(now);
  Counts counts;
  for (const auto& slice : slices_) {
    const uint64_t word = slice.load(std::memory_order_relaxed);
    const uint64_t age = (epoch - (word >> (2 * kCountBits))) & 0xFFFFFF;
    if (age >= kSlices) continue;
    counts.calls += (word >> kCountBits) & kMaxCount;
    counts.failures += word & kMaxCount;
  }
  return counts;
}

void ErrorWindow::Clear() {
  for (auto& slice : slices_) slice.store(0, std::memory_order_relaxed);
}

}  // namespace portcullis::router
