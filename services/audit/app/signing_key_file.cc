#include "services/audit/app/signing_key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"

namespace portcullis::audit {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kSecret = 0600, kPublic = 0644;
constexpr size_t kMaxPemBytes = 4096;

absl::Status WriteFile(const fs::path& path, int flags, mode_t mode, const std::string& text) {
  const spool::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode));
  if (!file.valid()) return spool::FileError("write", path, errno);
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written < 0 || ::fsync(file.get()) != 0) return spool::FileError("write", path, errno);
  if (static_cast<size_t>(written) != text.size()) return spool::FileError("write", path, ENOSPC);
  return absl::OkStatus();
}

// nullopt: there is no such file.
absl::StatusOr<std::optional<std::string>> ReadSecret(const fs::path& path) {
  const spool::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return std::nullopt;
  if (!file.valid()) return spool::FileError("read", path, errno);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return spool::FileError("read", path, errno);
  if ((about.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        base::StrCat("others may read the audit signing key ", path.native(), "; chmod 600 it"));
  }
  std::string text(kMaxPemBytes, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return spool::FileError("read", path, errno);
  text.resize(static_cast<size_t>(size));
  return text;
}

}  // namespace

absl::StatusOr<crypto::SigningKey> LoadOrMakeSigningKey(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::optional<std::string> pem, ReadSecret(path));
  absl::StatusOr<crypto::SigningKey> key =
      pem ? crypto::SigningKey::FromPem(*pem) : crypto::SigningKey::Generate();
  if (!key.ok()) {
    return absl::InvalidArgumentError(
        base::StrCat("the audit signing key ", path.native(), ": ", base::Message(key.status())));
  }
  if (!pem) RETURN_IF_ERROR(WriteFile(path, O_EXCL, kSecret, key->Pem()));
  fs::path open_part = path;
  RETURN_IF_ERROR(
      WriteFile(open_part.replace_extension(".pub"), O_TRUNC, kPublic, key->verifying_key().Pem()));
  return key;
}

}  // namespace portcullis::audit
