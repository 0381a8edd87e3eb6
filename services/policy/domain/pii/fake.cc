#include "services/policy/domain/pii/fake.h"

#include <algorithm>

#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/country_codes.h"
#include "services/policy/domain/pii/iban.h"
#include "services/policy/domain/pii/identifier_specs.h"
#include "services/policy/domain/pii/wallet.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

constexpr int kMaxBumps = 36;

// As many bytes as are asked for, from the key and the value.
class Bytes {
 public:
  Bytes(Entity entity, std::string_view value, std::string_view key)
      : seed_(base::StrCat(key, "\n", InfoOf(entity).name, "\n", value)) {}

  uint8_t Next() {
    if (at_ == block_.size()) {
      block_ = crypto::Sha256Of(base::StrCat(seed_, "\n", ++count_));
      at_ = 0;
    }
    return block_[at_++];
  }

 private:
  std::string seed_;
  int count_ = 0;
  crypto::Digest block_{};
  size_t at_ = block_.size();
};

char Like(char c, uint8_t byte) {
  if (IsDigit(c)) return static_cast<char>('0' + byte % 10);
  if (!IsLetter(c)) return c;
  return static_cast<char>((c >= 'a' ? 'a' : 'A') + byte % 26);
}

// Digits and letters alone, letters in upper case.
std::string Compact(std::string_view text) {
  std::string compact;
  for (const char c : text) {
    if (IsAlnum(c)) compact += c >= 'a' ? static_cast<char>(c - 32) : c;
  }
  return compact;
}

bool HasShape(std::string_view compact, std::string_view shape) {
  if (compact.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const char c = shape[i];
    const bool fits = c == 'd'   ? IsDigit(compact[i])
                      : c == 'l' ? IsLetter(compact[i])
                                 : c == 'a' || c == compact[i];
    if (!fits) return false;
  }
  return true;
}

// Whether a check confirms it. Identifiers without one are never confirmed.
bool IsConfirmed(Entity entity, std::string_view fake) {
  const std::string compact = Compact(fake);
  switch (entity) {
    case Entity::kPaymentCard:
      return PassesLuhn(compact);
    case Entity::kIban:
      return IsIban(compact);
    case Entity::kBitcoinAddress:
      return IsBase58Address(fake) || IsBech32Address(fake);
    case Entity::kEthereumAddress:
      return false;
    default:
      break;
  }
  const auto specs = IdentifierSpecs();
  return std::any_of(specs.begin(), specs.end(), [&](const IdentifierSpec& spec) {
    return spec.entity == entity && spec.valid != nullptr && HasShape(compact, spec.shape) &&
           spec.valid(compact);
  });
}

char Bumped(char c) {
  if (c == '9' || c == 'z' || c == 'Z') return static_cast<char>(c == '9' ? '0' : c - 25);
  return static_cast<char>(c + 1);
}

// As many leading digits as stay: the country code of a telephone number.
size_t KeptDigits(Entity entity, std::string_view matched) {
  if (entity != Entity::kPhone || matched[0] != '+') return 0;
  const CountryCode* country = FindCountryCode(Compact(matched));
  return country == nullptr ? 0 : country->digits.size();
}

std::string FakeEmail(std::string_view matched, Bytes& bytes) {
  std::string fake;
  for (const char c : matched.substr(0, matched.find_first_of("@%"))) fake += Like(c, bytes.Next());
  return fake + "@example.com";
}

}  // namespace

std::string FakeOf(Entity entity, std::string_view matched, std::string_view key) {
  Bytes bytes(entity, matched, key);
  if (entity == Entity::kEmail) return FakeEmail(matched, bytes);
  if (entity == Entity::kIpv4) return base::StrCat("203.0.113.", static_cast<int>(bytes.Next()));
  if (entity == Entity::kIpv6) {
    return base::StrCat("2001:db8::", static_cast<int>(bytes.Next()), ":", static_cast<int>(bytes.Next()));
  }
  std::string fake(matched);
  size_t kept = KeptDigits(entity, matched);
  size_t prefix = entity == Entity::kIban || entity == Entity::kEthereumAddress ? 2 : 0;
  size_t zeros = entity == Entity::kUsSsn ? 3 : 0;
  for (size_t i = prefix; i < fake.size(); ++i) {
    if (IsDigit(fake[i]) && kept > 0) {
      --kept;
    } else if (IsDigit(fake[i]) && zeros > 0) {
      fake[i] = '0';
      --zeros;
    } else {
      fake[i] = Like(fake[i], bytes.Next());
    }
  }
  char& last = *std::find_if(fake.rbegin(), fake.rend(), IsAlnum);
  for (int i = 0; i < kMaxBumps && IsConfirmed(entity, fake); ++i) last = Bumped(last);
  return fake;
}

}  // namespace portcullis::policy
