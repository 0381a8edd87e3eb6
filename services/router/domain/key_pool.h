// The API keys of a target: which one the next attempt uses, and which are left alone for a while.
//
// A key that the provider refused (401, 403) or limited (429) cools down; the others take its share. Keys are
// picked at random in proportion to their weights. A key that is alone is not spared for a 429: that is what
// the circuit is for.
//
// Thread-safe and without locks; times are relaxed atomics that workers may see a moment late.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

class KeyPool {
 public:
  explicit KeyPool(const TargetOptions& options);

  // Some key can be sent, or none is required.
  bool available() const { return !keys_.empty() || !required_; }

  // The place of a key in the target's list (0 for a target without keys); nullopt = every key was refused
  // and cools down. When the keys that are not refused all cool down for a 429, the one that is soonest
  // ready.
  std::optional<uint32_t> Pick(base::MonotonicTime now, base::Rng& rng) const;

  // The key that is ready first, refused or not: when there is nothing else to ask with.
  uint32_t Soonest() const;

  void CoolDown(uint32_t key, base::Duration time, bool refused, base::MonotonicTime now);

  // Clears the mark of a key that worked; true if it had one.
  bool Worked(uint32_t key);

  // Some key is ready now; one that is none (0 keys) counts.
  bool HasReady(base::MonotonicTime now) const;

  // Until the first key is ready; 0 = now.
  base::Duration ReadyIn(base::MonotonicTime now) const;

  size_t size() const { return keys_.size(); }
  uint32_t cooling(base::MonotonicTime now) const;

 private:
  struct Key {
    double weight = 1;
    std::atomic<int64_t> until{0};  // nanoseconds of the monotonic clock; 0 = ready
    std::atomic<bool> refused{false};
  };

  const bool required_;
  std::vector<std::unique_ptr<Key>> keys_;
};

}  // namespace portcullis::router
