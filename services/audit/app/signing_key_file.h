// The key that signs the heads of the log, in a file of the state folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/crypto/ed25519.h"

namespace portcullis::audit {

// Reads the private key in `path`; makes a new one if there is no such file, readable by its owner alone.
// Either way the public key lies beside it afterwards, in <path without extension>.pub. FAILED_PRECONDITION:
// others may read the private key. INVALID_ARGUMENT: the file holds no such key.
absl::StatusOr<crypto::SigningKey> LoadOrMakeSigningKey(const std::filesystem::path& path);

// The links between the keys that lay in `path` one after the other (domain/key_chain.h): <path without
// extension>.links.
std::filesystem::path KeyLinksPath(const std::filesystem::path& path);

// Replaces the key in `path` by a new one: the old one signs for it, and is gone then. Its id. NOT_FOUND:
// there is no key to be replaced; else errors as LoadOrMakeSigningKey. Not two at once.
absl::StatusOr<std::string> RotateSigningKey(const std::filesystem::path& path, const std::string& log_id,
                                             const base::Clock& clock);

// Tells when another key lies in the file. Not thread-safe.
class SigningKeyWatch {
 public:
  explicit SigningKeyWatch(std::filesystem::path path);

  // The key, if the file was replaced since the last call (or the construction); else nullopt. Errors as
  // LoadOrMakeSigningKey, but a missing file is NOT_FOUND; they are told again at the next call.
  absl::StatusOr<std::optional<crypto::SigningKey>> Changed();

 private:
  const std::filesystem::path path_;
  uint64_t seen_ = 0;  // which file it was
};

}  // namespace portcullis::audit
