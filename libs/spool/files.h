// File descriptors and the names inside a spool's directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::spool {

// Owns a file descriptor; closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "cannot <action> <path>: <why>". No space left, over quota or over the file size limit become
// RESOURCE_EXHAUSTED, a missing file NOT_FOUND, everything else UNAVAILABLE.
absl::Status FileError(std::string_view action, const std::filesystem::path& path, int error);

// open(2) with O_CLOEXEC; files are made readable for their owner and group only.
absl::StatusOr<UniqueFd> OpenFile(const std::filesystem::path& path, int flags);

// Writes a file of a few bytes in place of the one that may be there, in one step.
absl::Status ReplaceFile(const std::filesystem::path& path, std::string_view text);

// The same; the file is on the disk then.
absl::Status ReplaceFileForGood(const std::filesystem::path& path, std::string_view text);

absl::Status SyncDirectory(const std::filesystem::path& path);

// Makes the directory and its parents, for owner and group only.
absl::Status MakeDirectories(const std::filesystem::path& path);

std::filesystem::path SegmentPath(const std::filesystem::path& directory, uint32_t number);

// Numbers of the segments that are there, ascending. A directory that is gone has none.
std::vector<uint32_t> ListSegments(const std::filesystem::path& directory);

// Ids of the spools under `root`, ascending. A root that is not there has none.
std::vector<std::string> ListSpools(const std::filesystem::path& root);

// Sequence up to which the spool in `directory` is acknowledged; 0 if nothing is, or if the file does not
// say.
uint64_t ReadAcknowledged(const std::filesystem::path& directory);

// Replaces the acknowledged position in one step.
absl::Status WriteAcknowledged(const std::filesystem::path& directory, uint64_t sequence);

// What whoever ships the spool must remember of leaves whose segments are removed; "" if there is nothing.
std::string ReadNote(const std::filesystem::path& directory);

// Replaces the note in one step.
absl::Status WriteNote(const std::filesystem::path& directory, std::string_view text);

// Bytes of all files under `root`.
uint64_t BytesUnder(const std::filesystem::path& root);

}  // namespace portcullis::spool
