#include "services/policy/domain/pii/checksums.h"

#include <array>

namespace portcullis::policy {
namespace {

constexpr uint8_t kDihedral[10][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
                                       {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
                                       {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
                                       {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
                                       {8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};

// How a digit is permuted by its place from the right.
constexpr uint8_t kPermuted[8][10] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                      {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                      {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                      {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};

constexpr std::string_view kCountries =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCV"
    "CWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIM"
    "INIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMW"
    "MXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSS"
    "STSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

constexpr std::array<bool, 26 * 26> MakeCountries() {
  std::array<bool, 26 * 26> known{};
  for (size_t i = 0; i < kCountries.size(); i += 2) {
    known[static_cast<size_t>((kCountries[i] - 'A') * 26 + kCountries[i + 1] - 'A')] = true;
  }
  return known;
}

constexpr std::array<bool, 26 * 26> kIsCountry = MakeCountries();

}  // namespace

bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = DigitAt(digits, digits.size() - 1 - i);
    if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool PassesMod97(std::string_view alnum) {
  int remainder = 0;
  for (const char c : alnum) {
    const int value = AlnumValue(c);
    remainder = (remainder * (value < 10 ? 10 : 100) + value) % 97;
  }
  return remainder == 1;
}

bool PassesMod11_10(std::string_view digits) {
  int product = 10;
  for (const char c : digits.substr(0, digits.size() - 1)) {
    const int sum = (product + c - '0') % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return (product + DigitAt(digits, digits.size() - 1)) % 10 == 1;
}

bool PassesMod11_2(std::string_view digits) {
  int remainder = 0;
  for (const char c : digits.substr(0, digits.size() - 1)) remainder = (remainder + c - '0') * 2 % 11;
  const char last = digits.back();
  return (remainder + (last == 'X' ? 10 : last - '0')) % 11 == 1;
}

bool PassesVerhoeff(std::string_view digits) {
  uint8_t check = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<size_t>(DigitAt(digits, digits.size() - 1 - i));
    check = kDihedral[check][kPermuted[i % 8][digit]];
  }
  return check == 0;
}

bool PassesEan13(std::string_view digits) {
  return WeightedSum(digits, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1}) % 10 == 0;
}

bool IsDayOfMonth(int month, int day) {
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1];
}

bool IsCountry(std::string_view two_letters) {
  const char first = two_letters[0];
  const char second = two_letters[1];
  if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') return false;
  return kIsCountry[static_cast<size_t>((first - 'A') * 26 + second - 'A')];
}

}  // namespace portcullis::policy
