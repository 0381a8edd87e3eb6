#include "services/edge/domain/axonflow/context_ids.h"

#include <array>
#include <cstring>
#include <span>

#include "libs/crypto/hex.h"
#include "libs/crypto/secret.h"

namespace portcullis::edge {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kSigned = 8;  // bytes before the tag
constexpr size_t kDashes[] = {8, 13, 18, 23};

using Uuid = std::array<uint8_t, kUuidBytes>;

std::string Format(const Uuid& bytes) {
  std::string text = crypto::ToHex(bytes);
  for (const size_t at : kDashes) text.insert(at, 1, '-');
  return text;
}

bool Parse(std::string_view text, Uuid* bytes) {
  if (text.size() != kUuidBytes * 2 + std::size(kDashes)) return false;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash) digits += text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] | 0x20) : text[i];
  }
  return crypto::FromHex(digits, *bytes);
}

}  // namespace

void ContextIds::Seal(std::string_view caller, uint8_t* bytes) const {
  std::string message(reinterpret_cast<const char*>(bytes), kSigned);
  message += caller;
  const crypto::Digest tag = crypto::HmacSha256(key_, message);
  std::memcpy(bytes + kSigned, tag.data(), kUuidBytes - kSigned);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
}

std::string ContextIds::Make(std::string_view caller, std::chrono::seconds ends_at, uint64_t random) const {
  Uuid bytes{};
  const auto seconds = static_cast<uint32_t>(ends_at.count());
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(seconds >> (24 - 8 * i));
  std::memcpy(bytes.data() + 4, &random, 4);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x80);
  Seal(caller, bytes.data());
  return Format(bytes);
}

ContextState ContextIds::Check(std::string_view id, std::string_view caller, std::chrono::seconds now) const {
  Uuid given{};
  if (!Parse(id, &given)) return ContextState::kUnknown;
  Uuid expected = given;
  Seal(caller, expected.data());
  const auto text = [](const Uuid& bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  if (!crypto::EqualsInConstantTime(text(given), text(expected))) return ContextState::kUnknown;
  uint32_t ends_at = 0;
  for (int i = 0; i < 4; ++i) ends_at = ends_at << 8 | given[i];
  return now.count() < ends_at ? ContextState::kValid : ContextState::kExpired;
}

std::string RandomUuid(uint64_t high, uint64_t low) {
  Uuid bytes{};
  std::memcpy(bytes.data(), &high, sizeof(high));
  std::memcpy(bytes.data() + sizeof(high), &low, sizeof(low));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
  return Format(bytes);
}

}  // namespace portcullis::edge
