// Keys that begin with their provider's sign, as data. Formats by the providers' documentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace portcullis::policy {

// Which characters follow the prefix.
enum class SecretChars : uint8_t {
  kHex,        // 0-9 a-f
  kUpper,      // A-Z 0-9
  kAlnum,      // A-Z a-z 0-9
  kUrl,        // the same, "_" and "-"
  kUrlDotted,  // the same and "."
  kBase64,     // letters, digits, "+", "/", "="
};

struct SecretRule {
  std::string_view name;    // in findings and in the configuration
  std::string_view reason;  // for people
  std::string_view prefix;
  SecretChars chars;
  uint16_t min, max;  // characters after the prefix
};

// Grouped by name.
std::span<const SecretRule> PrefixRules();

// Rules that are no prefix; their numbers follow those of PrefixRules().
enum class SecretShape : uint8_t { kPrivateKey, kJwt, kConnectionString, kAssignment };

struct SecretShapeInfo {
  std::string_view name;
  std::string_view reason;
};
inline constexpr SecretShapeInfo kSecretShapes[] = {
    {"private_key", "a private key"},
    {"jwt", "a JSON web token"},
    {"connection_string", "a password in a connection string"},
    {"assignment", "a value that is assigned to the name of a secret"},
};
inline constexpr size_t kSecretShapeCount = 4;

// Names of all secrets, each once: those with a prefix, then the shapes.
std::vector<std::string_view> SecretNames();

}  // namespace portcullis::policy
