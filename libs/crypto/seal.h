// Authenticated encryption: AES-256-GCM (NIST SP 800-38D), by OpenSSL.
//
// A sealed text is a random nonce (12 bytes), the cipher text and the tag (16 bytes). Under one key at most
// 2^32 texts may be sealed, as SP 800-38D, 8.3 has it for random nonces.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::crypto {

using SealKey = std::array<uint8_t, 32>;

inline constexpr size_t kSealOverhead = 28;  // bytes that a sealed text has more than the text

// From the operating system's generator for keys. Aborts if there is none.
SealKey RandomKey();
std::string RandomBytes(size_t count);

// A key for one purpose out of another: HMAC-SHA-256 of `purpose`, which no two uses may share. It is worth
// as much as `key` is.
SealKey DeriveKey(const SealKey& key, std::string_view purpose);

// 32 bytes as a key; nullopt for any other size.
std::optional<SealKey> KeyOf(std::string_view bytes);

std::string Seal(const SealKey& key, std::string_view text, std::string_view associated);

// The text; nullopt unless it was sealed with this key and these associated bytes.
std::optional<std::string> Unseal(const SealKey& key, std::string_view sealed, std::string_view associated);

}  // namespace portcullis::crypto
