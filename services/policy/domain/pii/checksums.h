// The arithmetic that identifiers are checked with. Texts are compact: digits and upper-case letters, nothing
// between them. What each function needs of its text (length, which characters are digits) is the caller's
// duty: the shapes in identifier_specs.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace portcullis::policy {

constexpr int DigitAt(std::string_view text, size_t index) { return text[index] - '0'; }

// Digits 0..9, letters A=10 .. Z=35.
constexpr int AlnumValue(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

constexpr bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

constexpr bool IsAllDigits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

constexpr bool IsOneDigitRepeated(std::string_view text) {
  return text.find_first_not_of(text[0]) == std::string_view::npos;
}

// The value of `count` digits from `begin` on; at most 18 of them.
constexpr uint64_t NumberAt(std::string_view text, size_t begin, size_t count) {
  uint64_t value = 0;
  for (size_t i = begin; i < begin + count; ++i) value = value * 10 + static_cast<uint64_t>(DigitAt(text, i));
  return value;
}

// Digit i times weight i, summed.
constexpr int WeightedSum(std::string_view text, std::initializer_list<int> weights) {
  int sum = 0;
  size_t i = 0;
  for (const int weight : weights) sum += DigitAt(text, i++) * weight;
  return sum;
}

// The check digit by Luhn (ISO/IEC 7812) is the last one.
bool PassesLuhn(std::string_view digits);

// ISO 7064: letters count as two digits; the whole, as a number, leaves 1 divided by 97.
bool PassesMod97(std::string_view alnum);

// ISO 7064 MOD 11,10; the check digit is the last one.
bool PassesMod11_10(std::string_view digits);

// ISO 7064 MOD 11-2; the check character is the last one, X for 10.
bool PassesMod11_2(std::string_view digits);

// The dihedral check (Verhoeff, 1969).
bool PassesVerhoeff(std::string_view digits);

// EAN-13.
bool PassesEan13(std::string_view digits);

// Whether there is such a day in some year; February has 29.
bool IsDayOfMonth(int month, int day);

// Two digits each of month and day, at these places.
inline bool IsDateAt(std::string_view text, size_t month, size_t day) {
  return IsDayOfMonth(static_cast<int>(NumberAt(text, month, 2)), static_cast<int>(NumberAt(text, day, 2)));
}

// ISO 3166 alpha-2.
bool IsCountry(std::string_view two_letters);

}  // namespace portcullis::policy
