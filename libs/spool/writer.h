// Appends leaves to a spool of its own. One writer per worker; used on that worker's thread only.
//
// Append returns when the leaf is in the kernel's page cache: it survives the death of the process by any
// signal, not that of the machine. Sync waits for the disk too if the durability says so. A full disk or a
// full budget is RESOURCE_EXHAUSTED; the spool stays whole and the next Append may succeed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/budget.h"
#include "libs/spool/durability.h"
#include "libs/spool/group_sync.h"
#include "libs/spool/handle.h"

namespace portcullis::spool {

struct WriterOptions {
  Durability durability = Durability::kProcess;
  uint64_t segment_bytes = uint64_t{16} << 20;            // a new segment is begun past this
  base::Duration segment_age = std::chrono::minutes(10);  // or past this age
};

class Writer {
 public:
  // Makes a spool under `root`. Everything passed must outlive the writer; `sync` may be null unless the
  // durability is kDisk.
  static absl::StatusOr<std::unique_ptr<Writer>> Create(const std::filesystem::path& root,
                                                        const WriterOptions& options, Budget& budget,
                                                        GroupSync* sync, const base::Clock& clock);
  // Goes on with a closed spool, in a new segment. Its handle stays closed: who reads it must be told when
  // this writer is done, by being the one who uses it.
  static absl::StatusOr<std::unique_ptr<Writer>> Extend(std::shared_ptr<Handle> handle,
                                                        const WriterOptions& options, Budget& budget,
                                                        const base::Clock& clock);
  ~Writer();  // closes the spool; what it holds stays for the shipper
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Appends a leaf of 1 byte to kMaxLeafBytes and returns its sequence. One system call.
  absl::StatusOr<uint64_t> Append(std::string_view bytes);

  // Calls `done` when all leaves appended so far are as durable as promised: at once, inside the call, with
  // kProcess; on the sync's thread with kDisk.
  void Sync(GroupSync::Callback done);

  Durability durability() const { return options_.durability; }

  const std::string& id() const { return handle_->id(); }
  const std::shared_ptr<Handle>& handle() const { return handle_; }

  // The chain after the last leaf.
  const crypto::Digest& chain() const { return chain_; }

 private:
  Writer(std::shared_ptr<Handle> handle, const WriterOptions& options, Budget& budget, GroupSync* sync,
         const base::Clock& clock);

  bool NeedsSegment(size_t frame_bytes) const;
  absl::Status BeginSegment();
  absl::Status WriteFrame(char* header, std::string_view bytes);
  absl::Status UndoPartialFrame(absl::Status cause);
  crypto::Digest NextChain(std::string_view bytes);

  const std::shared_ptr<Handle> handle_;
  const WriterOptions options_;
  Budget& budget_;
  GroupSync* const sync_;
  const base::Clock& clock_;

  crypto::Sha256 hasher_;
  crypto::Digest chain_;
  uint64_t sequence_ = 0;

  uint32_t segment_number_ = 0;
  std::shared_ptr<SegmentFile> segment_;
  uint64_t segment_size_ = 0;
  base::MonotonicTime segment_begun_{};
  bool segment_torn_ = false;                           // a partial frame could not be removed
  std::vector<std::shared_ptr<SegmentFile>> unsynced_;  // with kDisk: left by rotation
};

}  // namespace portcullis::spool
