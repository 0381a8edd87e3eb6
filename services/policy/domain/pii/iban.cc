#include "services/policy/domain/pii/iban.h"

#include <array>

#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

struct Country {
  std::string_view code;
  uint8_t length;
};

// The IBAN registry's countries.
constexpr Country kCountries[] = {
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
};

char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr std::array<uint8_t, 26 * 26> MakeLengths() {
  std::array<uint8_t, 26 * 26> lengths{};
  for (const Country& country : kCountries) {
    lengths[static_cast<size_t>((country.code[0] - 'A') * 26 + country.code[1] - 'A')] = country.length;
  }
  return lengths;
}

constexpr std::array<uint8_t, 26 * 26> kLengths = MakeLengths();

// 0 = no country that uses IBANs. The two are letters.
size_t LengthOf(char first, char second) {
  return kLengths[static_cast<size_t>((ToUpper(first) - 'A') * 26 + ToUpper(second) - 'A')];
}

bool MayBe(char c, size_t index) { return index < 2 ? IsLetter(c) : index < 4 ? IsDigit(c) : IsAlnum(c); }

}  // namespace

bool IsIban(std::string_view compact) {
  if (compact.size() < 5 || !IsLetter(compact[0]) || !IsLetter(compact[1])) return false;
  if (compact.size() != LengthOf(compact[0], compact[1])) return false;
  unsigned remainder = 0;
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[(i + 4) % compact.size()];
    if (!IsAlnum(c)) return false;
    if (IsDigit(c)) {
      remainder = (remainder * 10 + static_cast<unsigned>(c - '0')) % 97;
    } else {
      remainder = (remainder * 100 + static_cast<unsigned>(ToUpper(c) - 'A' + 10)) % 97;
    }
  }
  return remainder == 1;
}

MatchResult MatchIban(const Window& window, size_t position) {
  const std::string_view text = window.text;
  char compact[34];
  size_t count = 0;
  size_t length = sizeof(compact);
  bool spaced = false;
  size_t at = position;
  for (; count < length; ++at) {
    if (window.steps != nullptr) ++*window.steps;
    if (at == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
    const char c = text[at];
    const bool separator = (c == ' ' || c == '-') && count > 0 && count % 4 == 0 && IsAlnum(text[at - 1]);
    if (separator) {
      spaced = true;
      continue;
    }
    if (!MayBe(c, count)) return MatchResult::None();
    compact[count++] = c;
    if (count == 2) length = LengthOf(compact[0], compact[1]);
    if (length == 0) return MatchResult::None();
  }
  if (at == text.size() && !window.final) return MatchResult::Open();
  if (at < text.size() && IsAlnum(text[at])) return MatchResult::None();
  if (spaced && compact[0] >= 'a') return MatchResult::None();
  if (!IsIban({compact, count})) return MatchResult::None();
  return MatchResult::Match(static_cast<uint16_t>(Entity::kIban), at - position);
}

}  // namespace portcullis::policy
