// Outside of Europe, and what belongs to no country.
#include <array>

#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/identifier_checks.h"

namespace portcullis::policy {
namespace {

// The two last digits, each by 11 over those before it with weights that end at 2 and never pass `top`.
bool PassesBrazilian(std::string_view id, int top) {
  for (size_t length = id.size() - 2; length < id.size(); ++length) {
    int sum = 0;
    int weight = 2;
    for (size_t i = length; i-- > 0;) {
      sum += DigitAt(id, i) * weight;
      weight = weight == top ? 2 : weight + 1;
    }
    const int check = sum % 11 < 2 ? 0 : 11 - sum % 11;
    if (check != DigitAt(id, length)) return false;
  }
  return !IsOneDigitRepeated(id);
}

// Values of letters in vehicle identification numbers; 0 = I, O, Q, which have none.
constexpr std::array<uint8_t, 26> kVinValues = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4,
                                                5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9};

}  // namespace

bool IsUsItin(std::string_view id) {
  const auto group = NumberAt(id, 3, 2);
  return id[0] == '9' && group >= 50 && group != 66 && group != 67 && group != 68 && group != 69 &&
         group != 89 && group != 93;
}

bool IsUsAbaRouting(std::string_view id) {
  const auto prefix = NumberAt(id, 0, 2);
  const bool used =
      prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix == 80;
  return used && NumberAt(id, 0, 9) != 0 && WeightedSum(id, {3, 7, 1, 3, 7, 1, 3, 7, 1}) % 10 == 0;
}

// Luhn with the prefix 80840, whose digits add 24.
bool IsUsNpi(std::string_view id) {
  int sum = 24;
  for (size_t i = 0; i < 10; ++i) {
    const int digit = DigitAt(id, i);
    sum += i % 2 == 1 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return IsOneOf(id[0], "12") && sum % 10 == 0;
}

bool IsCaSin(std::string_view id) { return !IsOneOf(id[0], "08") && PassesLuhn(id); }

bool IsBrCpf(std::string_view id) { return PassesBrazilian(id, 12); }
bool IsBrCnpj(std::string_view id) { return PassesBrazilian(id, 9); }

bool IsInAadhaar(std::string_view id) { return id[0] >= '2' && PassesVerhoeff(id); }

// The fourth letter is the kind of holder.
bool IsInPan(std::string_view id) { return IsOneOf(id[3], "ABCFGHLJPTK") && NumberAt(id, 5, 4) != 0; }

bool IsAuTfn(std::string_view id) {
  return NumberAt(id, 0, 9) != 0 && WeightedSum(id, {1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0;
}

// One is taken from the first digit.
bool IsAuAbn(std::string_view id) {
  return id[0] != '0' && (WeightedSum(id, {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}) - 10) % 89 == 0;
}

// Birthday, serial, citizenship 0..2, a digit without meaning, check digit.
bool IsZaId(std::string_view id) { return IsDateAt(id, 2, 4) && id[10] <= '2' && PassesLuhn(id); }

bool IsTrTckn(std::string_view id) {
  const int odd = DigitAt(id, 0) + DigitAt(id, 2) + DigitAt(id, 4) + DigitAt(id, 6) + DigitAt(id, 8);
  const int even = DigitAt(id, 1) + DigitAt(id, 3) + DigitAt(id, 5) + DigitAt(id, 7);
  const int tenth = ((odd * 7 - even) % 10 + 10) % 10;
  return id[0] != '0' && tenth == DigitAt(id, 9) && (odd + even + tenth) % 10 == DigitAt(id, 10);
}

bool IsKrRrn(std::string_view id) {
  const int check = (11 - WeightedSum(id, {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5}) % 11) % 10;
  return IsDateAt(id, 2, 4) && check == DigitAt(id, 12);
}

bool IsCnResidentId(std::string_view id) {
  const auto province = NumberAt(id, 0, 2);
  const auto year = NumberAt(id, 6, 4);
  if (province < 11 || province > 91 || year < 1850 || year > 2099 || !IsDateAt(id, 10, 12)) return false;
  return (id[17] <= '9' || id[17] == 'X') && PassesMod11_2(id);
}

bool IsJpMyNumber(std::string_view id) {
  const int rest = WeightedSum(id, {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11;
  return !IsOneDigitRepeated(id) && (rest <= 1 ? 0 : 11 - rest) == DigitAt(id, 11);
}

bool IsSgNric(std::string_view id) {
  int sum = WeightedSum(id.substr(1), {2, 7, 6, 5, 4, 3, 2});
  switch (id[0]) {
    case 'S':
      return id[8] == "JZIHGFEDCBA"[sum % 11];
    case 'T':
      return id[8] == "JZIHGFEDCBA"[(sum + 4) % 11];
    case 'F':
      return id[8] == "XWUTRQPNMLK"[sum % 11];
    case 'G':
      return id[8] == "XWUTRQPNMLK"[(sum + 4) % 11];
    case 'M':
      return id[8] == "XWUTRQPNJLK"[(sum + 3) % 11];
    default:
      return false;
  }
}

// Base 37: the Spanish alphabet has a letter between N and O.
bool IsMxCurp(std::string_view id) {
  if (!IsDateAt(id, 6, 8) || !IsOneOf(id[10], "HMX")) return false;
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) {
    const int value = AlnumValue(id[i]);
    sum += (value >= AlnumValue('O') ? value + 1 : value) * static_cast<int>(18 - i);
  }
  return (10 - sum % 10) % 10 == DigitAt(id, 17);
}

// Eleven characters of fixed kinds; the letters S, L, O, I, B and Z are left out.
bool IsUsMbi(std::string_view id) {
  return id[0] != '0' && id.find_first_of("SLOIBZ") == std::string_view::npos;
}

bool IsBic(std::string_view id) { return IsCountry(id.substr(4, 2)); }

bool IsLei(std::string_view id) { return !IsAllDigits(id) && PassesMod97(id); }

// Countries, and the codes of international issuers, which begin with X. Letters count as two digits for
// Luhn.
bool IsIsin(std::string_view id) {
  if (!IsCountry(id.substr(0, 2)) && id[0] != 'X') return false;
  char digits[24];
  size_t count = 0;
  for (const char c : id) {
    const int value = AlnumValue(c);
    if (value >= 10) digits[count++] = static_cast<char>('0' + value / 10);
    digits[count++] = static_cast<char>('0' + value % 10);
  }
  return PassesLuhn({digits, count});
}

bool IsImei(std::string_view id) { return id[0] != '0' && PassesLuhn(id); }

bool IsIccid(std::string_view id) { return PassesLuhn(id); }

// The check character at place nine (49 CFR 565), as North America demands it; the last four are digits.
bool IsVin(std::string_view id) {
  constexpr int kWeights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) {
    const int value = id[i] <= '9' ? id[i] - '0' : kVinValues[static_cast<size_t>(id[i] - 'A')];
    if (id[i] > '9' && value == 0) return false;
    sum += value * kWeights[i];
  }
  return !IsAllDigits(id) && id[8] == "0123456789X"[sum % 11];
}

}  // namespace portcullis::policy
