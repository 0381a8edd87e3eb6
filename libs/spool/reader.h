// Reads the leaves of a spool in order, across its segments, while it may still be written.
//
// What is torn at the end is never returned: it may be a write under way, or what a dead process left. A leaf
// that was damaged is skipped and counted, and reading goes on at the next leaf that is whole; nothing
// damaged is ever returned. Not thread-safe. Never changes the spool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/files.h"
#include "libs/spool/format.h"

namespace portcullis::spool {

struct Leaf {
  uint64_t sequence = 0;
  std::string_view bytes;  // valid until the next call
  crypto::Digest chain{};
  uint64_t frame_bytes = 0;  // what it takes in the spool
};

// What is wrong with a spool, as far as it was read.
struct Damage {
  uint64_t bytes = 0;           // that belong to no valid leaf, the end of the last segment not counted
  uint64_t missing_leaves = 0;  // sequences that were skipped
  uint64_t broken_links = 0;    // valid leaves that do not continue the chain

  bool any() const { return bytes + missing_leaves + broken_links > 0; }
};

class Reader {
 public:
  // Begins at segment `first_segment`, or the next that is there.
  Reader(std::string id, std::filesystem::path directory, uint32_t first_segment = 1);

  // Begins with the leaf after sequence `after`.
  static Reader After(std::string id, std::filesystem::path directory, uint64_t after);

  // The next leaf; nullopt at the end, for now. UNAVAILABLE if a file cannot be read.
  absl::StatusOr<std::optional<Leaf>> Next();

  // Of the leaf returned last; before that, what the segment's header says came before. 0 = unknown or none.
  uint64_t last_sequence() const { return sequence_; }

  // After last_sequence(), unless that is 0.
  const crypto::Digest& chain() const { return *chain_; }

  // Number of the segment being read.
  uint32_t segment() const { return number_; }

  // After Next returned nullopt: bytes at the end of the last segment that are no whole leaf.
  uint64_t unread_bytes() const { return unread_bytes_; }

  const Damage& damage() const { return damage_; }

 private:
  absl::StatusOr<bool> OpenSegment();
  absl::StatusOr<bool> ReadHeader();
  absl::StatusOr<bool> FindFrame(Frame* frame);
  absl::StatusOr<bool> Fill();
  std::optional<Leaf> Accept(const Frame& frame);
  void GoTo(uint32_t segment);
  void Rewind();
  std::string_view Data() const { return std::string_view(buffer_).substr(at_); }
  uint64_t Offset() const { return buffer_offset_ + at_; }

  std::string id_;
  std::filesystem::path directory_;
  crypto::Sha256 hasher_;
  uint64_t after_ = 0;

  uint32_t number_;
  UniqueFd file_;
  bool header_read_ = false;
  uint32_t later_segment_ = 0;  // after the file's end was seen: the next segment, 0 = none

  std::string buffer_;  // of the file, from buffer_offset_
  uint64_t buffer_offset_ = 0;
  size_t at_ = 0;           // in buffer_: where to look next
  uint64_t valid_end_ = 0;  // in the file: end of the last valid leaf
  uint64_t unread_bytes_ = 0;

  uint64_t sequence_ = 0;
  std::optional<crypto::Digest> chain_;  // after sequence_, if known
  Damage damage_;
};

}  // namespace portcullis::spool
