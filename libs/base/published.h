// A value that many threads read and one replaces now and then: a compiled chain, settings after a reload.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace portcullis::base {

// Thread-safe. Readers on a hot path use a Snapshot each: they take the lock only after a change.
template <typename T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> value) : value_(std::move(value)) {}

  // What was published before lives on as long as somebody holds it.
  void Publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    version_.fetch_add(1, std::memory_order_release);
  }

  std::shared_ptr<const T> Current() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  // Grows with each Publish.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<uint64_t> version_{1};
};

// One thread's view of a Published, which outlives it. Not thread-safe.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(const Published<T>* source) : source_(source) {}

  const std::shared_ptr<const T>& Get() {
    const uint64_t version = source_->version();
    if (version != version_) {
      value_ = source_->Current();
      version_ = version;
    }
    return value_;
  }

 private:
  const Published<T>* source_;
  uint64_t version_ = 0;
  std::shared_ptr<const T> value_;
};

}  // namespace portcullis::base
