#include "apps/process/file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::app {
namespace {

constexpr uint32_t kMask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE;
constexpr int kQuietMs = 20;  // without an event: the writing is over
constexpr int kMaxQuietRounds = 5;
constexpr std::streamsize kMaxBytes = 2 << 20;  // what is larger is no configuration

}  // namespace

std::string FileWatch::Fingerprint(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return "";
  std::string bytes(kMaxBytes, '\0');
  in.read(bytes.data(), kMaxBytes);
  bytes.resize(static_cast<size_t>(in.gcount()));
  return crypto::Hex(crypto::Sha256Of(bytes));
}

FileWatch::FileWatch(std::filesystem::path file, std::string known, std::function<void()> changed)
    : file_(std::move(file)), changed_(std::move(changed)), hash_(std::move(known)) {}

absl::StatusOr<std::unique_ptr<FileWatch>> FileWatch::Start(std::filesystem::path file, std::string known,
                                                            std::function<void()> changed) {
  std::unique_ptr<FileWatch> watch(new FileWatch(std::move(file), std::move(known), std::move(changed)));
  if (absl::Status status = watch->Open(); !status.ok()) return status;
  watch->thread_ = std::thread([self = watch.get()] { self->Run(); });
  return watch;
}

FileWatch::~FileWatch() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    if (write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
  }
  if (events_ >= 0) close(events_);
  if (stop_ >= 0) close(stop_);
}

absl::Status FileWatch::Open() {
  events_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (events_ < 0 || stop_ < 0) {
    return absl::InternalError(base::StrCat("cannot watch ", file_.string(), ": ", std::strerror(errno)));
  }
  WatchFolders();
  return absl::OkStatus();
}

// The folder that names the file, and the one that holds it. To watch a folder again changes nothing.
void FileWatch::WatchFolders() {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(file_, error);
  const std::filesystem::path real = std::filesystem::weakly_canonical(file_, error);
  for (const std::filesystem::path& path : {absolute, real}) {
    if (!path.empty()) inotify_add_watch(events_, path.parent_path().c_str(), kMask);
  }
}

bool FileWatch::WaitForEvent(int timeout_ms) {
  std::array<pollfd, 2> fds = {pollfd{events_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
  const int ready = poll(fds.data(), fds.size(), timeout_ms);
  stopping_ = stopping_ || (fds[1].revents & POLLIN) != 0;
  return ready > 0 && !stopping_;
}

void FileWatch::SkipEvents() {
  std::array<char, 4096> buffer;
  while (read(events_, buffer.data(), buffer.size()) > 0) {
  }
}

void FileWatch::Run() {
  Look();
  while (!stopping_) {
    if (!WaitForEvent(-1)) continue;
    SkipEvents();
    for (int round = 0; round < kMaxQuietRounds && WaitForEvent(kQuietMs); ++round) SkipEvents();
    WatchFolders();
    Look();
  }
}

void FileWatch::Look() {
  std::string hash = Fingerprint(file_);
  if (stopping_ || hash.empty() || hash == hash_) return;
  hash_ = std::move(hash);
  changed_();
}

}  // namespace portcullis::app
