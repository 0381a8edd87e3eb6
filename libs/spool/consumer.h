// Reads a spool once, for good: what is acknowledged is never read again, and its segments are removed.
// Not thread-safe; one consumer per spool, in the process that holds its lock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/spool/budget.h"
#include "libs/spool/handle.h"
#include "libs/spool/reader.h"

namespace portcullis::spool {

class Consumer {
 public:
  // `budget` gets back the bytes of what is acknowledged, and must outlive the consumer. An adopted spool
  // takes its bytes from it first.
  Consumer(std::shared_ptr<Handle> handle, Budget& budget);
  ~Consumer();

  // The next leaf; nullopt if everything that is written whole was read. DATA_LOSS if leaves that were
  // appended are not there: somebody else removed or damaged files. In a closed spool reading then goes on
  // without them.
  absl::StatusOr<std::optional<Leaf>> Next();

  // All leaves up to `sequence`, which were read, are safe elsewhere. Remembers that on disk and removes
  // segments that hold nothing else.
  absl::Status Acknowledge(uint64_t sequence);

  // Whether Acknowledge(sequence) would remove segments.
  bool WouldRemove(uint64_t sequence) const {
    return !passed_.empty() && passed_.front().last_sequence <= sequence;
  }

  // Reads again from the first leaf that is not acknowledged.
  void Rewind();

  // True once nothing will come any more and everything is acknowledged.
  bool finished() const;

  // Removes the spool's directory; if damage was found, renames it to "<id>.damaged" instead, so that what is
  // left of the damaged bytes can be looked at. Call when finished.
  absl::Status Remove();

  // True for a closed spool that ends before its last leaf: leaves that are added to it would not be read.
  bool tail_lost() const { return tail_lost_; }

  const Handle& handle() const { return *handle_; }
  const std::shared_ptr<Handle>& shared_handle() const { return handle_; }
  uint64_t acknowledged() const { return acknowledged_; }

  // Leaves that are not acknowledged.
  uint64_t backlog() const;

  // What Next found so far, over all rewinds.
  const Damage& damage() const { return damage_; }

 private:
  struct Passed {
    uint32_t segment;
    uint64_t last_sequence;
  };
  struct Unacknowledged {
    uint64_t sequence;
    uint64_t bytes;
  };

  absl::StatusOr<std::optional<Leaf>> AtEnd();
  void GiveUpTo(uint64_t sequence);
  void NoteDamage();

  const std::shared_ptr<Handle> handle_;
  Budget& budget_;
  uint64_t acknowledged_;
  std::optional<Reader> reader_;
  std::deque<Passed> passed_;
  std::deque<Unacknowledged> read_;  // leaves read but not acknowledged
  uint64_t adopted_bytes_ = 0;       // taken from the budget for a spool of an earlier process
  bool tail_lost_ = false;           // a closed spool ends before its last leaf
  uint64_t damage_checked_ = 0;      // sequence up to which damage is counted
  Damage reader_damage_;             // of reader_, as far as it is looked at
  Damage damage_;
};

}  // namespace portcullis::spool
