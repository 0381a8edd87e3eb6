// What matchers ask about single bytes of folded text. Bytes above 0x7F belong to letters of other scripts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace portcullis::policy {

namespace internal {

enum CharBit : uint8_t {
  kDigitBit = 1,
  kLetterBit = 2,
  kHexBit = 4,
  kOtherScriptBit = 8,
  kLocalPartBit = 16,
  kLowerBit = 32
};

constexpr std::array<uint8_t, 256> MakeCharBits() {
  std::array<uint8_t, 256> bits{};
  for (int c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    const bool local =
        digit || letter || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'';
    bits[static_cast<size_t>(c)] =
        static_cast<uint8_t>((digit ? kDigitBit : 0) | (letter ? kLetterBit : 0) | (hex ? kHexBit : 0) |
                             (c >= 0x80 ? kOtherScriptBit : 0) | (local ? kLocalPartBit : 0) |
                             (c >= 'a' && c <= 'z' ? kLowerBit : 0));
  }
  return bits;
}

inline constexpr std::array<uint8_t, 256> kCharBits = MakeCharBits();

constexpr bool Has(char c, int bits) { return (kCharBits[static_cast<uint8_t>(c)] & bits) != 0; }

}  // namespace internal

constexpr bool IsDigit(char c) { return internal::Has(c, internal::kDigitBit); }
constexpr bool IsLetter(char c) { return internal::Has(c, internal::kLetterBit); }
constexpr bool IsAlnum(char c) { return internal::Has(c, internal::kDigitBit | internal::kLetterBit); }
constexpr bool IsHex(char c) { return internal::Has(c, internal::kHexBit); }

// Part of a word as phrases see it.
constexpr bool IsWordByte(char c) {
  return internal::Has(c, internal::kDigitBit | internal::kLetterBit | internal::kOtherScriptBit);
}

// May stand before the "@" of an e-mail address.
constexpr bool IsLocalPart(char c) { return internal::Has(c, internal::kLocalPartBit); }

// "%2C": a sign as it stands in addresses of the web.
constexpr bool IsPercentEscape(std::string_view text, size_t at) {
  return at + 2 < text.size() && text[at] == '%' && IsHex(text[at + 1]) && IsHex(text[at + 2]);
}

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace portcullis::policy
