// Up to where a log is safe elsewhere, while its records are acknowledged out of order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace portcullis::audit {

// Not thread-safe.
class SentWindow {
 public:
  // Everything up to `cursor` is safe.
  explicit SentWindow(uint64_t cursor) : cursor_(cursor) {}

  // Positions grow from call to call of these two.
  void Sent(uint64_t position, int64_t time_us);  // time_us: of the record
  void Passed(uint64_t position);                 // nothing of it is sent

  void Acknowledged(uint64_t position);

  // Everything up to it is acknowledged, or was passed.
  uint64_t cursor() const { return cursor_; }

  // The time of the first record that is not acknowledged.
  std::optional<int64_t> oldest_us() const;

  // Records that were sent and are not acknowledged, and those behind the first of them.
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint64_t position;
    int64_t time_us;
    bool done;
  };

  void Advance();

  uint64_t cursor_;
  std::deque<Entry> entries_;  // after the cursor; the first is not done
};

}  // namespace portcullis::audit
