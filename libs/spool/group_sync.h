// fdatasync for many at once: whoever waits while a sync runs shares the next one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "libs/spool/files.h"

namespace portcullis::spool {

// An open segment, shared by its writer and the syncs that are under way.
struct SegmentFile {
  UniqueFd fd;
  std::filesystem::path path;
  // The directory's entry for this file is on the disk. Only the sync thread touches it.
  bool entry_synced = false;
};

// One thread that syncs segments for all writers of the process. Thread-safe. Its lock is held for a few
// nanoseconds per request, and only with `durability: disk`, where a request waits for the disk anyway.
class GroupSync {
 public:
  using Callback = absl::AnyInvocable<void(absl::Status) &&>;

  // Requests that may wait at once.
  static constexpr size_t kMaxWaiting = 65536;

  GroupSync();
  ~GroupSync();  // finishes what waits
  GroupSync(const GroupSync&) = delete;
  GroupSync& operator=(const GroupSync&) = delete;

  // Calls `done`, on the sync thread, when all that was written to `files` before this call is on the disk;
  // with the disk's error otherwise, or with RESOURCE_EXHAUSTED, on the caller's thread, if too many wait
  // already.
  void Submit(std::vector<std::shared_ptr<SegmentFile>> files, Callback done);

  // Rounds of syncing so far.
  uint64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

 private:
  struct Request {
    std::vector<std::shared_ptr<SegmentFile>> files;
    Callback done;
  };

  void Run(std::stop_token stop);
  static void SyncAll(std::vector<Request> requests);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Request> waiting_;
  std::atomic<uint64_t> rounds_{0};
  std::jthread thread_;
};

}  // namespace portcullis::spool
