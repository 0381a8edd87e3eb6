// Keyed hashes and comparisons for secrets, by OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/crypto/sha256.h"

namespace portcullis::crypto {

// HMAC-SHA-256 (RFC 2104). Aborts if OpenSSL cannot (out of memory).
Digest HmacSha256(std::string_view key, std::string_view message);

// Compares in a time that depends on the sizes alone.
bool EqualsInConstantTime(std::string_view a, std::string_view b);

// The bytes of Base64 text (RFC 4648, section 4, with padding); nullopt for anything else. "" has no bytes.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace portcullis::crypto
