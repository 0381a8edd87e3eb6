// How many requests of a worker are under way, over all of its front doors.
#pragma once

#include <cstdint>
#include <optional>

namespace portcullis::edge {

// Not thread-safe: it belongs to one worker.
class InFlight {
 public:
  explicit InFlight(uint32_t limit) : limit_(limit) {}

  // Holds one place until it ends.
  class Place {
   public:
    explicit Place(InFlight& owner) : owner_(&owner) { ++owner_->count_; }
    Place(Place&& other) noexcept : owner_(other.owner_) { other.owner_ = nullptr; }
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (owner_ != nullptr) --owner_->count_;
    }

   private:
    InFlight* owner_;
  };

  // nullopt when all are taken.
  std::optional<Place> Enter() {
    if (count_ >= limit_) return std::nullopt;
    return Place(*this);
  }

 private:
  const uint32_t limit_;
  uint32_t count_ = 0;
};

}  // namespace portcullis::edge
