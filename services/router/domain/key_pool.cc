#include "services/router/domain/key_pool.h"

#include <algorithm>

namespace portcullis::router {
namespace {

int64_t Nanos(base::MonotonicTime time) { return time.time_since_epoch().count(); }

}  // namespace

KeyPool::KeyPool(const TargetOptions& options) : required_(options.api_key_required) {
  for (const TargetKey& key : options.keys) {
    keys_.push_back(std::make_unique<Key>());
    keys_.back()->weight = key.weight;
  }
  if (keys_.empty() && !options.api_key.empty()) keys_.push_back(std::make_unique<Key>());
}

std::optional<uint32_t> KeyPool::Pick(base::MonotonicTime now, base::Rng& rng) const {
  const int64_t time = Nanos(now);
  double total = 0;
  uint32_t picked = 0;
  uint32_t soonest = UINT32_MAX;
  bool found = keys_.empty();
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    const Key& key = *keys_[i];
    const int64_t until = key.until.load(std::memory_order_relaxed);
    if (until > time) {
      if (key.refused.load(std::memory_order_relaxed)) continue;
      if (soonest == UINT32_MAX || until < keys_[soonest]->until.load(std::memory_order_relaxed)) soonest = i;
      continue;
    }
    // Each ready key takes over with its share of what was seen so far: one pass, each by its weight.
    total += key.weight;
    if (!found || rng.NextUnit() * total < key.weight) picked = i;
    found = true;
  }
  if (found) return picked;
  if (soonest != UINT32_MAX) return soonest;
  return std::nullopt;
}

uint32_t KeyPool::Soonest() const {
  uint32_t soonest = 0;
  for (uint32_t i = 1; i < keys_.size(); ++i) {
    const auto until = [this](uint32_t key) { return keys_[key]->until.load(std::memory_order_relaxed); };
    if (until(i) < until(soonest)) soonest = i;
  }
  return soonest;
}

void KeyPool::CoolDown(uint32_t key, base::Duration time, bool refused, base::MonotonicTime now) {
  if (key >= keys_.size()) return;
  keys_[key]->refused.store(refused, std::memory_order_relaxed);
  keys_[key]->until.store(Nanos(now + time), std::memory_order_relaxed);
}

bool KeyPool::Worked(uint32_t key) {
  if (key >= keys_.size() || keys_[key]->until.load(std::memory_order_relaxed) == 0) return false;
  keys_[key]->until.store(0, std::memory_order_relaxed);
  return true;
}

bool KeyPool::HasReady(base::MonotonicTime now) const { return ReadyIn(now) == base::Duration::zero(); }

base::Duration KeyPool::ReadyIn(base::MonotonicTime now) const {
  int64_t least = keys_.empty() ? 0 : INT64_MAX;
  for (const auto& key : keys_) {
    const int64_t wait = key->until.load(std::memory_order_relaxed) - Nanos(now);
    least = std::min(least, std::max<int64_t>(wait, 0));
  }
  return base::Duration(least);
}

uint32_t KeyPool::cooling(base::MonotonicTime now) const {
  uint32_t count = 0;
  for (const auto& key : keys_) count += key->until.load(std::memory_order_relaxed) > Nanos(now) ? 1 : 0;
  return count;
}

}  // namespace portcullis::router
