// Western and northern Europe.
#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/identifier_checks.h"

namespace portcullis::policy {

// Sex, year, month (20 and more: not known), department (2A and 2B: Corsica), commune, order; the key is 97
// less the rest of the number by 97, Corsica counted as 19 and 18.
bool IsFrNir(std::string_view id) {
  if (!IsOneOf(id[0], "123478")) return false;
  const auto month = NumberAt(id, 3, 2);
  if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) return false;
  uint64_t number = NumberAt(id, 0, 5);
  const char island = id[6];
  if (island >= 'A') {
    if (id[5] != '2' || island > 'B') return false;
    number = number * 100 + (island == 'A' ? 19 : 18);
  } else {
    number = number * 100 + NumberAt(id, 5, 2);
  }
  number = number * 1'000'000 + NumberAt(id, 7, 6);
  return NumberAt(id, 13, 2) == 97 - number % 97;
}

bool IsFrTaxNumber(std::string_view id) {
  return id[0] <= '3' && NumberAt(id, 10, 3) == NumberAt(id, 0, 10) % 511;
}

// La Poste's own establishments: the sum of the digits is a multiple of five.
bool IsFrSiret(std::string_view id) {
  if (PassesLuhn(id) && PassesLuhn(id.substr(0, 9))) return true;
  if (id.substr(0, 9) != "356000000") return false;
  int sum = 0;
  for (size_t i = 0; i < id.size(); ++i) sum += DigitAt(id, i);
  return sum % 5 == 0;
}

// With or without "FR" before it: two characters, SIREN.
bool IsFrVat(std::string_view id) {
  const std::string_view bare = id.substr(id.size() - 11);
  const std::string_view siren = bare.substr(2);
  const uint64_t number = NumberAt(siren, 0, 9);
  if (number == 0 || !PassesLuhn(siren)) return false;
  if (IsAllDigits(bare.substr(0, 2))) return NumberAt(bare, 0, 2) == (12 + 3 * (number % 97)) % 97;
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  const size_t first = kAlphabet.find(bare[0]);
  const size_t second = kAlphabet.find(bare[1]);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  const size_t key = first < 10 ? first * 24 + second - 10 : first * 34 + second - 100;
  return (number + 1 + key / 11) % 11 == key % 11;
}

// Of the first ten digits exactly one comes more than once: two or three times.
bool IsDeTaxId(std::string_view id) {
  int counts[10] = {};
  for (size_t i = 0; i < 10; ++i) ++counts[DigitAt(id, i)];
  int repeated = 0;
  for (const int count : counts) {
    if (count > 3) return false;
    repeated += count > 1 ? 1 : 0;
  }
  return id[0] != '0' && repeated == 1 && PassesMod11_10(id);
}

// With or without "DE" before it.
bool IsDeVat(std::string_view id) {
  const std::string_view digits = id.substr(id.size() - 9);
  return digits[0] != '0' && PassesMod11_10(digits);
}

// Area, birthday, letter, serial, check digit: the letter is two digits, digit sums of the weighted digits.
bool IsDePensionNumber(std::string_view id) {
  if (!IsDateAt(id, 4, 2)) return false;
  const int letter = id[8] - 'A' + 1;
  const int digits[12] = {DigitAt(id, 0), DigitAt(id, 1), DigitAt(id, 2), DigitAt(id, 3),
                          DigitAt(id, 4), DigitAt(id, 5), DigitAt(id, 6), DigitAt(id, 7),
                          letter / 10,    letter % 10,    DigitAt(id, 9), DigitAt(id, 10)};
  constexpr int kWeights[12] = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
  int sum = 0;
  for (size_t i = 0; i < 12; ++i) {
    const int product = digits[i] * kWeights[i];
    sum += product / 10 + product % 10;
  }
  return sum % 10 == DigitAt(id, 11);
}

// The check of machine-readable zones (ICAO 9303): weights 7, 3, 1.
bool IsDeIdCard(std::string_view id) {
  if (!IsOneOf(id[0], "LMNPRTVWXYCFGHJK")) return false;
  constexpr int kWeights[3] = {7, 3, 1};
  int sum = 0;
  for (size_t i = 0; i < 9; ++i) {
    if (IsOneOf(id[i], "AEIOUBDQS")) return false;
    sum += AlnumValue(id[i]) * kWeights[i % 3];
  }
  return sum % 10 == DigitAt(id, 9);
}

bool IsNlBsn(std::string_view id) {
  if (IsOneDigitRepeated(id)) return false;
  int sum = -DigitAt(id, id.size() - 1);
  for (size_t i = 0; i + 1 < id.size(); ++i) sum += DigitAt(id, i) * static_cast<int>(id.size() - i);
  return sum % 11 == 0;
}

// Months above 20 and 40: people who are not residents.
bool IsBeNationalNumber(std::string_view id) {
  const int month = static_cast<int>(NumberAt(id, 2, 2)) % 20;
  if (NumberAt(id, 2, 2) > 52 || !IsDayOfMonth(month, static_cast<int>(NumberAt(id, 4, 2)))) return false;
  const uint64_t number = NumberAt(id, 0, 9);
  const uint64_t check = NumberAt(id, 9, 2);
  return check == 97 - number % 97 || check == 97 - (2'000'000'000 + number) % 97;
}

bool IsIePpsn(std::string_view id) {
  int sum = WeightedSum(id, {8, 7, 6, 5, 4, 3, 2});
  if (id.size() == 9) {
    if (id[8] > 'W') return false;
    sum += id[8] == 'W' ? 0 : (id[8] - 'A' + 1) * 9;
  }
  return id[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23];
}

bool IsUkNhs(std::string_view id) {
  const int check = 11 - WeightedSum(id, {10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  return !IsOneDigitRepeated(id) && (check == 11 ? 0 : check) == DigitAt(id, 9);
}

bool IsUkNino(std::string_view id) {
  if (IsOneOf(id[0], "DFIQUV") || IsOneOf(id[1], "DFIOQUV") || id[8] > 'D') return false;
  for (const std::string_view never : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}) {
    if (id.substr(0, 2) == never) return false;
  }
  return true;
}

bool IsUkUtr(std::string_view id) {
  return id[0] == "21987654321"[WeightedSum(id.substr(1), {6, 7, 8, 9, 10, 5, 4, 3, 2}) % 11];
}

// With or without "GB" before it.
bool IsUkVat(std::string_view id) {
  const std::string_view digits = id.substr(id.size() - 9);
  const int sum = WeightedSum(digits, {8, 7, 6, 5, 4, 3, 2, 10, 1}) % 97;
  return NumberAt(digits, 0, 7) != 0 && (sum == 0 || sum == 42 || sum == 55);
}

// Serial, check digit, birthday; month 13 where a day ran out of serials.
bool IsAtSvnr(std::string_view id) {
  const auto month = NumberAt(id, 6, 2);
  if (id[0] == '0' || month == 0 || month > 15 || NumberAt(id, 4, 2) == 0 || NumberAt(id, 4, 2) > 31)
    return false;
  return WeightedSum(id, {3, 7, 9, 0, 5, 8, 4, 2, 1, 6}) % 11 == DigitAt(id, 3);
}

bool IsChAhv(std::string_view id) { return PassesEan13(id); }

// Ten digits, or twelve with the century. Days above 60: coordination numbers.
bool IsSePersonnummer(std::string_view id) {
  if (id.size() == 12 && !IsOneOf(id[0], "12")) return false;
  if (id.size() == 12 && id.substr(0, 2) != "18" && id.substr(0, 2) != "19" && id.substr(0, 2) != "20")
    return false;
  const std::string_view ten = id.substr(id.size() - 10);
  const auto day = static_cast<int>(NumberAt(ten, 4, 2));
  return IsDayOfMonth(static_cast<int>(NumberAt(ten, 2, 2)), day > 60 ? day - 60 : day) && PassesLuhn(ten);
}

// Days above 40: D-numbers.
bool IsNoFodselsnummer(std::string_view id) {
  const auto day = static_cast<int>(NumberAt(id, 0, 2));
  if (!IsDayOfMonth(static_cast<int>(NumberAt(id, 2, 2)), day > 40 ? day - 40 : day)) return false;
  return WeightedSum(id, {3, 7, 6, 1, 8, 9, 4, 5, 2, 1}) % 11 == 0 &&
         WeightedSum(id, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0;
}

// The check by 11 no longer holds for all; the birthday does.
bool IsDkCpr(std::string_view id) { return IsDateAt(id, 2, 0); }

// Birthday, sign of the century (left out when it is "-" or "+"), serial, check character.
bool IsFiHetu(std::string_view id) {
  if (!IsDateAt(id, 2, 0)) return false;
  const bool sign = id.size() == 11;
  if (sign && !IsOneOf(id[6], "ABCDEFUVWXY")) return false;
  const uint64_t number = NumberAt(id, 0, 6) * 1000 + NumberAt(id, sign ? 7 : 6, 3);
  return id.back() == "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31];
}

}  // namespace portcullis::policy
