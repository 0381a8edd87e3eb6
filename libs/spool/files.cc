#include "libs/spool/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <system_error>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/format.h"

namespace portcullis::spool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAckPrefix = "acknowledged ";
constexpr size_t kSegmentDigits = 8;
constexpr mode_t kFileMode = 0640, kDirectoryMode = 0750;

// Number of a segment's file name, 0 if it is none.
uint32_t SegmentNumber(const std::string& name) {
  uint32_t number = 0;
  if (name.size() != kSegmentDigits + 4 || !name.ends_with(".seg")) return 0;
  const char* end = name.data() + kSegmentDigits;
  const auto parsed = std::from_chars(name.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end ? number : 0;
}

absl::Status WriteWhole(const fs::path& path, std::string_view text, bool sync) {
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC));
  const ssize_t written = ::write(fd.get(), text.data(), text.size());
  if (written < 0) return FileError("write", path, errno);
  if (static_cast<size_t>(written) != text.size()) return FileError("write", path, ENOSPC);
  if (sync && ::fsync(fd.get()) != 0) return FileError("sync", path, errno);
  return absl::OkStatus();
}

absl::Status Replace(const fs::path& path, std::string_view text, bool sync) {
  const fs::path temporary = path.native() + ".new";
  RETURN_IF_ERROR(WriteWhole(temporary, text, sync));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FileError("replace", path, errno);
  return absl::OkStatus();
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status FileError(std::string_view action, const fs::path& path, int error) {
  const std::string text =
      base::StrCat("cannot ", action, " ", path.native(), ": ", std::generic_category().message(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) return absl::ResourceExhaustedError(text);
  if (error == ENOENT) return absl::NotFoundError(text);
  return absl::UnavailableError(text);
}

absl::StatusOr<UniqueFd> OpenFile(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (fd < 0) return FileError("open", path, errno);
  return UniqueFd(fd);
}

absl::Status ReplaceFile(const fs::path& path, std::string_view text) {
  return Replace(path, text, /*sync=*/false);
}

absl::Status SyncDirectory(const fs::path& path) {
  ASSIGN_OR_RETURN(const UniqueFd fd, OpenFile(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return FileError("sync", path, errno);
  return absl::OkStatus();
}

absl::Status ReplaceFileForGood(const fs::path& path, std::string_view text) {
  RETURN_IF_ERROR(Replace(path, text, /*sync=*/true));
  return SyncDirectory(path.parent_path());
}

absl::Status MakeDirectories(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return absl::OkStatus();
  fs::create_directories(path, error);
  if (error) return FileError("create the directory", path, error.value());
  fs::permissions(path, fs::perms(kDirectoryMode), error);
  if (error) return FileError("set the permissions of", path, error.value());
  return absl::OkStatus();
}

fs::path SegmentPath(const fs::path& directory, uint32_t number) {
  char name[kSegmentDigits + 8];
  std::snprintf(name, sizeof(name), "%08u.seg", number);
  return directory / name;
}

std::vector<uint32_t> ListSegments(const fs::path& directory) {
  std::vector<uint32_t> numbers;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (const uint32_t number = SegmentNumber(it->path().filename().native())) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<std::string> ListSpools(const fs::path& root) {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const std::string name = it->path().filename().native();
    if (IsValidId(name) && it->is_directory(gone)) ids.push_back(name);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

uint64_t ReadAcknowledged(const fs::path& directory) {
  const auto fd = OpenFile(directory / "ack", O_RDONLY);
  if (!fd.ok()) return 0;
  char buffer[64];
  const ssize_t count = ::read(fd->get(), buffer, sizeof(buffer));
  if (count <= 0) return 0;
  const std::string_view text(buffer, static_cast<size_t>(count));
  if (!text.starts_with(kAckPrefix) || !text.ends_with('\n')) return 0;
  uint64_t sequence = 0;
  const char* end = text.data() + text.size() - 1;
  const auto parsed = std::from_chars(text.data() + kAckPrefix.size(), end, sequence);
  return parsed.ec == std::errc() && parsed.ptr == end ? sequence : 0;
}

absl::Status WriteAcknowledged(const fs::path& directory, uint64_t sequence) {
  return ReplaceFile(directory / "ack", base::StrCat(kAckPrefix, sequence, "\n"));
}

std::string ReadNote(const fs::path& directory) {
  std::ifstream file(directory / "note", std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status WriteNote(const fs::path& directory, std::string_view text) {
  return ReplaceFile(directory / "note", text);
}

uint64_t BytesUnder(const fs::path& root) {
  uint64_t total = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const uint64_t size = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    if (!gone) total += size;
  }
  return total;
}

}  // namespace portcullis::spool
