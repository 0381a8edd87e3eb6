#include "libs/spool/handle.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "libs/spool/format.h"
#include "libs/spool/reader.h"

namespace portcullis::spool {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<UniqueFd> Lock(const fs::path& directory, int flags) {
  const fs::path path = directory / "lock";
  ASSIGN_OR_RETURN(UniqueFd fd, OpenFile(path, O_RDWR | flags));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) return FileError("lock", path, errno);
  return absl::FailedPreconditionError(base::StrCat("spool ", directory.native(), " is in use"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<Handle>> Handle::Create(const fs::path& root) {
  RETURN_IF_ERROR(MakeDirectories(root));
  std::string id = crypto::RandomHex(kIdLength / 2);
  // Made under a name that is no spool id and renamed when it is locked: nobody adopts it in between.
  const fs::path directory = root / id, unlocked = root / (id + ".new");
  RETURN_IF_ERROR(MakeDirectories(unlocked));
  ASSIGN_OR_RETURN(UniqueFd lock, Lock(unlocked, O_CREAT));
  if (::rename(unlocked.c_str(), directory.c_str()) != 0) return FileError("create", directory, errno);
  return std::shared_ptr<Handle>(new Handle(std::move(id), directory, std::move(lock)));
}

absl::StatusOr<std::shared_ptr<Handle>> Handle::Adopt(const fs::path& root, std::string_view id) {
  if (!IsValidId(id)) return absl::InvalidArgumentError(base::StrCat("'", id, "' is not a spool id"));
  const fs::path directory = root / id;
  ASSIGN_OR_RETURN(UniqueFd lock, Lock(directory, 0));
  std::shared_ptr<Handle> handle(new Handle(std::string(id), directory, std::move(lock)));
  RETURN_IF_ERROR(handle->Recover());
  return handle;
}

absl::Status Handle::Recover() {
  closed_ = adopted_ = true;
  last_sequence_ = ReadAcknowledged(directory_);
  const std::vector<uint32_t> segments = ListSegments(directory_);
  if (!segments.empty()) end_.segment = segments.back();
  // A last segment that was only just begun says nothing; then the one before it does.
  for (auto number = segments.rbegin(); number != segments.rend(); ++number) {
    Reader reader(id_, directory_, *number);
    for (;;) {
      ASSIGN_OR_RETURN(const std::optional<Leaf> leaf, reader.Next());
      if (!leaf) break;
    }
    last_sequence_ = std::max(last_sequence_.load(), reader.last_sequence());
    if (reader.last_sequence() > 0) end_.chain = reader.chain();
    if (number == segments.rbegin() && reader.unread_bytes() > 0) {
      RETURN_IF_ERROR(CutTail(*number, reader.unread_bytes()));
    }
    if (reader.last_sequence() > 0) break;
  }
  return absl::OkStatus();
}

absl::Status Handle::CutTail(uint32_t segment, uint64_t bytes) {
  const fs::path path = SegmentPath(directory_, segment);
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  if (error) return FileError("read the size of", path, error.value());
  if (::truncate(path.c_str(), static_cast<off_t>(size - bytes)) != 0) return FileError("cut", path, errno);
  cut_bytes_ = bytes;
  return absl::OkStatus();
}

}  // namespace portcullis::spool
