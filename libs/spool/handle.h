// A spool that this process owns: its directory, its lock, and how far it is written.
//
// The lock (flock on the file `lock`) is held from Create or Adopt until the last reference is gone, so that
// a spool whose lock is free belongs to a process that died (or ended before everything was shipped) and may
// be adopted. The writer and the shipper share one handle; the shipper sees what was appended without a
// system call. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/files.h"

namespace portcullis::spool {

class Handle {
 public:
  // Makes a new spool under `root` with a random id that was never used before.
  static absl::StatusOr<std::shared_ptr<Handle>> Create(const std::filesystem::path& root);

  // Takes over spool `id` under `root`, whose writer is gone: cuts a torn tail and finds the last leaf.
  // FAILED_PRECONDITION while somebody holds its lock; NOT_FOUND if it is gone.
  static absl::StatusOr<std::shared_ptr<Handle>> Adopt(const std::filesystem::path& root,
                                                       std::string_view id);

  const std::string& id() const { return id_; }
  const std::filesystem::path& directory() const { return directory_; }

  // Sequence of the last leaf that is written whole; 0 = none.
  uint64_t last_sequence() const { return last_sequence_.load(std::memory_order_acquire); }
  void SetLastSequence(uint64_t sequence) { last_sequence_.store(sequence, std::memory_order_release); }

  // True once nothing will be appended any more: an adopted spool, or one whose writer is destroyed.
  bool closed() const { return closed_.load(std::memory_order_acquire); }

  // Where a closed spool ends, for Writer::Extend.
  struct End {
    uint32_t segment = 0;  // number of the last one
    crypto::Digest chain{};
  };
  const End& end() const { return end_; }  // after closed()
  void CloseAt(const End& end) {
    end_ = end;
    Close();
  }

  // True for a spool of an earlier process.
  bool adopted() const { return adopted_; }

  // Bytes of a torn write that Adopt cut off.
  uint64_t cut_bytes() const { return cut_bytes_; }

 private:
  Handle(std::string id, std::filesystem::path directory, UniqueFd lock)
      : id_(std::move(id)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  void Close() { closed_.store(true, std::memory_order_release); }
  absl::Status Recover();
  absl::Status CutTail(uint32_t segment, uint64_t bytes);

  const std::string id_;
  const std::filesystem::path directory_;
  const UniqueFd lock_;
  std::atomic<uint64_t> last_sequence_{0};
  std::atomic<bool> closed_{false};
  bool adopted_ = false;
  uint64_t cut_bytes_ = 0;
  End end_;
};

}  // namespace portcullis::spool
