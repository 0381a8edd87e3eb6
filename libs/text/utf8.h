// UTF-8, one code point at a time (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::text {

enum class Utf8Status : uint8_t {
  kValid,
  kInvalid,     // `length` bytes are no UTF-8; take them as a unit and go on
  kIncomplete,  // so far the beginning of a code point; more bytes decide
};

struct CodePoint {
  char32_t value = 0;
  uint8_t length = 0;  // bytes, 1..4
  Utf8Status status = Utf8Status::kValid;
};

// The code point at the start of `bytes`, which must not be empty.
CodePoint DecodeUtf8(std::string_view bytes);

void AppendUtf8(char32_t code_point, std::string* out);

// Whether no byte is above 0x7F.
bool IsAscii(std::string_view bytes);

// The length of the longest prefix without a byte above 0x7F.
size_t AsciiPrefix(std::string_view bytes);

}  // namespace portcullis::text
