// Southern and eastern Europe.
#include <string>

#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/identifier_checks.h"

namespace portcullis::policy {
namespace {

bool HasDniLetter(uint64_t number, char letter) { return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == letter; }

// Values of the characters at odd places of a fiscal code: digits count as the letters A..J.
constexpr uint8_t kOddValues[26] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                    20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};

size_t LetterOf(char c) { return static_cast<size_t>(c <= '9' ? c - '0' : c - 'A'); }

// Digits of a fiscal code may be written as letters where two people would have the same one.
int FiscalDigit(char c) {
  if (c <= '9') return c - '0';
  const size_t at = std::string_view("LMNPQRSTUV").find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

bool IsEsDni(std::string_view id) { return HasDniLetter(NumberAt(id, 0, 8), id[8]); }

bool IsEsNie(std::string_view id) {
  const auto first = static_cast<uint64_t>(id[0] - 'X');
  return first <= 2 && HasDniLetter(first * 10'000'000 + NumberAt(id, 1, 7), id[8]);
}

bool IsEsCif(std::string_view id) {
  if (!IsOneOf(id[0], "ABCDEFGHJKLMNPQRSUVW")) return false;
  int sum = 0;
  for (size_t i = 1; i <= 7; ++i) {
    const int digit = DigitAt(id, i);
    sum += i % 2 == 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  const int control = (10 - sum % 10) % 10;
  return id[8] <= '9' ? id[8] - '0' == control : id[8] == "JABCDEFGHI"[control];
}

bool IsItFiscalCode(std::string_view id) {
  for (const size_t at : {6, 7, 9, 10, 12, 13, 14}) {
    if (FiscalDigit(id[at]) < 0) return false;
  }
  if (!IsOneOf(id[8], "ABCDEHLMPRST")) return false;
  const int day = FiscalDigit(id[9]) * 10 + FiscalDigit(id[10]);
  if (day == 0 || (day > 31 && day < 41) || day > 71) return false;
  size_t sum = 0;
  for (size_t i = 0; i < 15; ++i) {
    const size_t letter = LetterOf(id[i]);
    sum += i % 2 == 0 ? kOddValues[letter] : letter;
  }
  return static_cast<size_t>(id[15] - 'A') == sum % 26;
}

// With or without "IT" before it: number, tax office, check digit.
bool IsItVat(std::string_view id) {
  const std::string_view digits = id.substr(id.size() - 11);
  const auto office = NumberAt(digits, 7, 3);
  const bool known = (office >= 1 && office <= 121) || office == 888 || office == 999;
  return known && NumberAt(digits, 0, 7) != 0 && PassesLuhn(digits);
}

// With or without "PT" before it.
bool IsPtNif(std::string_view id) {
  const std::string_view digits = id.substr(id.size() - 9);
  if (digits[0] == '0') return false;
  const int check = 11 - WeightedSum(digits, {9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  return (check >= 10 ? 0 : check) == DigitAt(digits, 8);
}

// The month tells the century: 80, 0, 20, 40, 60 are added to it.
bool IsPlPesel(std::string_view id) {
  const int month = static_cast<int>(NumberAt(id, 2, 2)) % 20;
  return IsDayOfMonth(month, static_cast<int>(NumberAt(id, 4, 2))) &&
         WeightedSum(id, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1}) % 10 == 0;
}

// With or without "PL" before it.
bool IsPlNip(std::string_view id) {
  const std::string_view digits = id.substr(id.size() - 10);
  return !IsOneDigitRepeated(digits) &&
         WeightedSum(digits, {6, 5, 7, 2, 3, 4, 5, 6, 7}) % 11 == DigitAt(digits, 9);
}

bool IsPlRegon(std::string_view id) {
  return !IsOneDigitRepeated(id) && WeightedSum(id, {8, 9, 2, 3, 4, 5, 6, 7}) % 11 % 10 == DigitAt(id, 8);
}

bool IsRoCnp(std::string_view id) {
  if (id[0] == '0' || !IsDateAt(id, 3, 5)) return false;
  const auto county = NumberAt(id, 7, 2);
  if (county == 0 || (county > 48 && county != 51 && county != 52 && county != 70)) return false;
  const int check = WeightedSum(id, {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9}) % 11;
  return (check == 10 ? 1 : check) == DigitAt(id, 12);
}

bool IsGrAmka(std::string_view id) { return IsDateAt(id, 2, 0) && PassesLuhn(id); }

// Nine digits until 1953, without a check; ten since. 50 is added to the month for women, 20 or 70 where a
// day ran out of serials.
bool IsCzBirthNumber(std::string_view id) {
  auto month = static_cast<int>(NumberAt(id, 2, 2));
  if (month > 50) month -= 50;
  if (month > 20) month -= 20;
  if (!IsDayOfMonth(month, static_cast<int>(NumberAt(id, 4, 2)))) return false;
  if (id.size() == 9) return NumberAt(id, 0, 2) <= 53 && NumberAt(id, 6, 3) != 0;
  return NumberAt(id, 0, 9) % 11 % 10 == NumberAt(id, 9, 1);
}

// 20 is added to the month for births before 1900, 40 for those since 2000.
bool IsBgEgn(std::string_view id) {
  const auto month = static_cast<int>(NumberAt(id, 2, 2));
  if (month > 52 || !IsDayOfMonth(month % 20, static_cast<int>(NumberAt(id, 4, 2)))) return false;
  return WeightedSum(id, {2, 4, 8, 5, 10, 9, 7, 3, 6}) % 11 % 10 == DigitAt(id, 9);
}

}  // namespace portcullis::policy
