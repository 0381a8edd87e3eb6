// Base64 (RFC 4648, both alphabets) inside of other text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::policy {

// Shorter runs hide no instruction; longer ones are decoded up to this many characters.
inline constexpr size_t kMinBase64Run = 24;
inline constexpr size_t kMaxBase64Run = 8192;

struct Base64Run {
  size_t begin = 0;
  size_t end = 0;  // begin == end: none
};

// The first run of at least kMinBase64Run base64 characters from `from` on. Looks at about every 24th byte of
// ordinary text.
Base64Run FindBase64Run(std::string_view text, size_t from);

// The decoded text, or "" if it is no readable text (UTF-8 without control characters).
std::string DecodeBase64Text(std::string_view run);

}  // namespace portcullis::policy
