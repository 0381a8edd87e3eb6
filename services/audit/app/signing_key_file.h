// The key that signs the heads of the log, in a file of the state folder.
#pragma once

#include <filesystem>

#include "absl/status/statusor.h"
#include "libs/crypto/ed25519.h"

namespace portcullis::audit {

// Reads the private key in `path`; makes a new one if there is no such file, readable by its owner alone.
// Either way the public key lies beside it afterwards, in <path without extension>.pub. FAILED_PRECONDITION:
// others may read the private key. INVALID_ARGUMENT: the file holds no such key.
absl::StatusOr<crypto::SigningKey> LoadOrMakeSigningKey(const std::filesystem::path& path);

}  // namespace portcullis::audit
