// Where workers get the current bundle from.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "services/policy/domain/bundle.h"

namespace portcullis::policy {

// Thread-safe. A reload is one Publish; exchanges that are open keep the bundle they were opened with.
class BundleSource {
 public:
  explicit BundleSource(std::shared_ptr<const Bundle> bundle) : bundle_(std::move(bundle)) {}

  void Publish(std::shared_ptr<const Bundle> bundle) {
    const std::lock_guard lock(mutex_);
    bundle_ = std::move(bundle);
    version_.fetch_add(1, std::memory_order_release);
  }

  std::shared_ptr<const Bundle> Current() const {
    const std::lock_guard lock(mutex_);
    return bundle_;
  }

  // Grows with each Publish: a worker asks for Current only when it has changed.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Bundle> bundle_;
  std::atomic<uint64_t> version_{1};
};

}  // namespace portcullis::policy
