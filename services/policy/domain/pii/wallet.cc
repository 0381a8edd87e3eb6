#include "services/policy/domain/pii/wallet.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "libs/crypto/sha256.h"
#include "services/policy/domain/pii/entity.h"
#include "services/policy/domain/pii/keccak.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr size_t kPayload = 21;  // version and hash; four bytes of check follow
constexpr size_t kEthereumDigits = kEthereumLength - 2;

std::string_view Bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

uint32_t NextPolymod(uint32_t check, uint32_t value) {
  constexpr uint32_t kGenerator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const uint32_t top = check >> 25;
  check = (check & 0x1ffffff) << 5 ^ value;
  for (size_t i = 0; i < 5; ++i) check ^= (top >> i & 1) != 0 ? kGenerator[i] : 0;
  return check;
}

// The run of letters and digits from `position` on, `limit` at most. False if the text ends too early to
// know.
bool ReadRun(const Window& window, size_t position, size_t limit, std::string_view* run) {
  const std::string_view text = window.text;
  size_t at = position;
  while (at < text.size() && IsAlnum(text[at]) && at - position <= limit) ++at;
  if (window.steps != nullptr) *window.steps += at - position;
  *run = text.substr(position, at - position);
  return window.final || at < text.size() || run->size() > limit;
}

}  // namespace

bool IsBase58Address(std::string_view address) {
  if (address.size() < 26 || address.size() > 35) return false;
  std::array<uint8_t, kPayload + 4> bytes{};
  for (const char c : address) {
    const size_t digit = kBase58.find(c);
    if (digit == std::string_view::npos) return false;
    auto carry = static_cast<uint32_t>(digit);
    for (size_t i = bytes.size(); i-- > 0;) {
      carry += 58u * bytes[i];
      bytes[i] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
    if (carry != 0) return false;
  }
  const crypto::Digest once = crypto::Sha256Of(Bytes(bytes.data(), kPayload));
  const crypto::Digest twice = crypto::Sha256Of(Bytes(once.data(), once.size()));
  return std::memcmp(twice.data(), bytes.data() + kPayload, 4) == 0;
}

bool IsBech32Address(std::string_view address) {
  if (address.size() < 14 || address.size() > kMaxWalletLength) return false;
  const bool upper = address[0] == 'B';
  if (address.substr(0, 3) != (upper ? "BC1" : "bc1")) return false;
  uint32_t check = 1;
  for (const uint32_t value : {3u, 3u, 0u, 2u, 3u}) check = NextPolymod(check, value);  // "bc"
  for (const char c : address.substr(3)) {
    if (IsLetter(c) && (c < 'a') != upper) return false;
    const size_t value = kBech32.find(ToLower(c));
    if (value == std::string_view::npos) return false;
    check = NextPolymod(check, static_cast<uint32_t>(value));
  }
  return check == 1 || check == 0x2bc830a3;
}

bool IsEthereumAddress(std::string_view address) {
  if (address.size() != 2 + kEthereumDigits) return false;
  const std::string_view digits = address.substr(2);
  char lower[kEthereumDigits];
  bool has_lower = false;
  bool has_upper = false;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (!IsHex(digits[i])) return false;
    has_lower = has_lower || digits[i] >= 'a';
    has_upper = has_upper || (digits[i] >= 'A' && digits[i] <= 'F');
    lower[i] = ToLower(digits[i]);
  }
  if (!has_lower || !has_upper) return true;
  const std::array<uint8_t, 32> hash = Keccak256({lower, kEthereumDigits});
  for (size_t i = 0; i < digits.size(); ++i) {
    const int nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
    if (IsLetter(digits[i]) && (nibble >= 8) != (digits[i] < 'a')) return false;
  }
  return true;
}

MatchResult MatchBitcoin(const Window& window, size_t position) {
  const char first = window.text[position];
  if (first != '1' && first != '3' && ToLower(first) != 'b') return MatchResult::None();
  std::string_view run;
  if (!ReadRun(window, position, kMaxWalletLength, &run)) return MatchResult::Open();
  const bool valid = ToLower(first) == 'b' ? IsBech32Address(run) : IsBase58Address(run);
  return valid ? MatchResult::Match(static_cast<uint16_t>(Entity::kBitcoinAddress), run.size())
               : MatchResult::None();
}

MatchResult MatchEthereum(const Window& window, size_t position) {
  const std::string_view text = window.text;
  if (text[position] != '0') return MatchResult::None();
  if (position + 1 == text.size()) return window.final ? MatchResult::None() : MatchResult::Open();
  if (text[position + 1] != 'x') return MatchResult::None();
  std::string_view run;
  if (!ReadRun(window, position, 2 + kEthereumDigits, &run)) return MatchResult::Open();
  return IsEthereumAddress(run)
             ? MatchResult::Match(static_cast<uint16_t>(Entity::kEthereumAddress), run.size())
             : MatchResult::None();
}

}  // namespace portcullis::policy
