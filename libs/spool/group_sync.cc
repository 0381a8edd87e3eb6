#include "libs/spool/group_sync.h"

#include <unistd.h>

#include <cerrno>
#include <map>
#include <utility>

namespace portcullis::spool {
namespace {

absl::Status SyncFile(SegmentFile& file) {
  if (::fdatasync(file.fd.get()) != 0) return FileError("sync", file.path, errno);
  if (file.entry_synced) return absl::OkStatus();
  absl::Status status = SyncDirectory(file.path.parent_path());
  file.entry_synced = status.ok();
  return status;
}

}  // namespace

GroupSync::GroupSync() : thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

GroupSync::~GroupSync() {
  thread_.request_stop();
  thread_.join();
}

void GroupSync::Submit(std::vector<std::shared_ptr<SegmentFile>> files, Callback done) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back({std::move(files), std::move(done)});
      done = nullptr;
    }
  }
  if (done) {
    std::move(done)(absl::ResourceExhaustedError("too many requests wait for the disk of the audit spool"));
  } else {
    wake_.notify_one();
  }
}

void GroupSync::Run(std::stop_token stop) {
  for (;;) {
    std::vector<Request> requests;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (waiting_.empty()) return;
      requests.swap(waiting_);
    }
    SyncAll(std::move(requests));
    rounds_.fetch_add(1, std::memory_order_relaxed);
  }
}

void GroupSync::SyncAll(std::vector<Request> requests) {
  std::map<SegmentFile*, absl::Status> synced;
  for (Request& request : requests) {
    absl::Status result;
    for (const auto& file : request.files) {
      auto [entry, is_new] = synced.try_emplace(file.get());
      if (is_new) entry->second = SyncFile(*file);
      result.Update(entry->second);
    }
    std::move(request.done)(result);
  }
}

}  // namespace portcullis::spool
