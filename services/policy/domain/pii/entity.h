// The identifiers that pii-detector knows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::policy {

// In order of precedence: of two matches of the same length the first is reported.
enum class Entity : uint8_t { kPaymentCard, kIban, kUsSsn, kEmail, kIpv4, kIpv6, kPhone };

inline constexpr size_t kEntityCount = 7;

struct EntityInfo {
  Entity entity;
  std::string_view name;    // in the configuration's `entities` and in findings
  std::string_view label;   // the marker "[EMAIL]" without its brackets
  std::string_view reason;  // for people, what was found
  bool keeps_last_four;     // the partial marker shows the last four characters
  bool on_by_default;
};

inline constexpr std::array<EntityInfo, kEntityCount> kEntities = {{
    {Entity::kPaymentCard, "payment_card", "PAYMENT_CARD", "a payment card number", true, true},
    {Entity::kIban, "iban", "IBAN", "an international bank account number", true, true},
    {Entity::kUsSsn, "us_ssn", "US_SSN", "a US social security number", false, true},
    {Entity::kEmail, "email", "EMAIL", "an e-mail address", false, true},
    {Entity::kIpv4, "ipv4", "IP_ADDRESS", "an IPv4 address", false, true},
    {Entity::kIpv6, "ipv6", "IP_ADDRESS", "an IPv6 address", false, true},
    {Entity::kPhone, "phone", "PHONE", "a telephone number", true, true},
}};

constexpr const EntityInfo& InfoOf(Entity entity) { return kEntities[static_cast<size_t>(entity)]; }

constexpr std::optional<Entity> EntityByName(std::string_view name) {
  for (const EntityInfo& info : kEntities) {
    if (info.name == name) return info.entity;
  }
  return std::nullopt;
}

}  // namespace portcullis::policy
