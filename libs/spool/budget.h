// How many bytes all spools of a process may hold that audit has not acknowledged yet, and whether they wait
// for too long already.
#pragma once

#include <atomic>
#include <cstdint>

namespace portcullis::spool {

// Thread-safe.
class Budget {
 public:
  explicit Budget(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // False, and nothing taken, if the bound would be passed or what waits has become too old.
  bool TryTake(uint64_t bytes) {
    if (stale()) return false;
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= max_bytes_) return true;
    Give(bytes);
    return false;
  }

  // For spools of earlier processes, which count even past the bound.
  void Take(uint64_t bytes) { used_.fetch_add(bytes, std::memory_order_relaxed); }

  void Give(uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  // What waits is older than is allowed: nothing more is taken until that is over.
  void SetStale(bool stale) { stale_.store(stale, std::memory_order_relaxed); }
  bool stale() const { return stale_.load(std::memory_order_relaxed); }

  uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  uint64_t max_bytes() const { return max_bytes_; }

 private:
  const uint64_t max_bytes_;
  std::atomic<uint64_t> used_{0};
  std::atomic<bool> stale_{false};
};

}  // namespace portcullis::spool
