#include "services/audit/app/signing_key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "services/audit/domain/key_chain.h"

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

// Differs between a file and the one that replaced it; 0 = there is none.
uint64_t FileNumber(const fs::path& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return 0;
  return static_cast<uint64_t>(about.st_ino) ^ (static_cast<uint64_t>(about.st_mtim.tv_sec) << 20) ^
         static_cast<uint64_t>(about.st_mtim.tv_nsec);
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

fs::path KeyLinksPath(const fs::path& path) {
  fs::path links = path;
  return links.replace_extension(".links");
}

// The link is written before the key: a key without its link would leave a log that nobody can check.
absl::StatusOr<std::string> RotateSigningKey(const fs::path& path, const std::string& log_id,
                                             const base::Clock& clock) {
  ASSIGN_OR_RETURN(const std::optional<std::string> pem, ReadSecret(path));
  if (!pem) return absl::NotFoundError(base::StrCat("there is no audit signing key ", path.native()));
  ASSIGN_OR_RETURN(const crypto::SigningKey old_key, crypto::SigningKey::FromPem(*pem));
  const crypto::SigningKey new_key = crypto::SigningKey::Generate();
  const fs::path next = path.native() + ".next";
  std::error_code ignored;
  fs::remove(next, ignored);  // of an attempt that did not come to its end
  RETURN_IF_ERROR(WriteFile(next, O_EXCL, kSecret, new_key.Pem()));
  const KeyLink link =
      NewKeyLink(log_id, old_key, new_key.verifying_key(), clock.Now().time_since_epoch().count());
  RETURN_IF_ERROR(WriteFile(KeyLinksPath(path), O_APPEND, kPublic, KeyLinkLine(link)));
  std::error_code error;
  fs::rename(next, path, error);
  if (error) return spool::FileError("replace", path, error.value());
  RETURN_IF_ERROR(LoadOrMakeSigningKey(path).status());  // its public part, too
  return new_key.verifying_key().id();
}

SigningKeyWatch::SigningKeyWatch(fs::path path) : path_(std::move(path)), seen_(FileNumber(path_)) {}

absl::StatusOr<std::optional<crypto::SigningKey>> SigningKeyWatch::Changed() {
  const uint64_t now = FileNumber(path_);
  if (now == seen_) return std::nullopt;
  ASSIGN_OR_RETURN(const std::optional<std::string> pem, ReadSecret(path_));
  if (!pem) return absl::NotFoundError(base::StrCat("there is no audit signing key ", path_.native()));
  ASSIGN_OR_RETURN(crypto::SigningKey key, crypto::SigningKey::FromPem(*pem));
  seen_ = now;
  return std::optional<crypto::SigningKey>(std::move(key));
}

}  // namespace portcullis::audit
