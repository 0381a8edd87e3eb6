#include "services/policy/domain/pii/payment_card.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "services/policy/domain/pii/checksums.h"
#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {
namespace {

constexpr size_t kCardReach = 40;

// Numbers whose first six digits lie in [low, high] have min to max digits.
struct Issuer {
  uint32_t low, high;
  uint8_t min, max;
};

constexpr Issuer kIssuers[] = {
    {400000, 499999, 16, 16}, {400000, 499999, 19, 19},                            // Visa
    {510000, 559999, 16, 16}, {222100, 272099, 16, 16},                            // Mastercard
    {340000, 349999, 15, 15}, {370000, 379999, 15, 15},                            // American Express
    {300000, 305999, 14, 14}, {309500, 309599, 14, 14}, {360000, 369999, 14, 19},  // Diners Club
    {380000, 399999, 14, 19}, {352800, 358999, 16, 19},                            // JCB
    {601100, 601199, 16, 19}, {644000, 659999, 16, 19},                            // Discover
    {620000, 629999, 16, 19}, {810000, 817199, 16, 19},                            // UnionPay
    {220000, 220499, 16, 19},                                                      // Mir
    {500000, 509999, 16, 19}, {560000, 589999, 16, 19}, {630000, 639999, 16, 19},  // Maestro
    {670000, 679999, 16, 19},
};

template <size_t N>
bool IsIssued(const Issuer (&issuers)[N], std::string_view digits) {
  uint32_t prefix = 0;
  for (size_t i = 0; i < 6; ++i) prefix = prefix * 10 + static_cast<uint32_t>(digits[i] - '0');
  return std::any_of(std::begin(issuers), std::end(issuers), [&](const Issuer& issuer) {
    return prefix >= issuer.low && prefix <= issuer.high && digits.size() >= issuer.min &&
           digits.size() <= issuer.max;
  });
}

// The ways in which cards are printed, as digits per group.
constexpr std::array<std::array<uint8_t, 5>, 7> kPrinted = {{
    {4, 4, 4, 4, 0},
    {4, 4, 4, 4, 1},
    {4, 4, 4, 4, 2},
    {4, 4, 4, 4, 3},
    {4, 6, 5, 0, 0},
    {4, 6, 4, 0, 0},
    {6, 13, 0, 0, 0},
}};

bool IsPrintedSo(const DigitGroups& groups, size_t count, const std::array<uint8_t, 5>& sizes) {
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != (i < count ? groups.size(i) : 0)) return false;
  }
  return true;
}

bool IsPrinted(const DigitGroups& groups, size_t count) {
  if (count == 1) return true;
  if (count > 5) return false;
  for (size_t i = 1; i < count; ++i) {
    const std::string_view separator = groups.separator(i);
    if (separator != " " && separator != "-" && separator != ".") return false;
  }
  return std::any_of(kPrinted.begin(), kPrinted.end(),
                     [&](const auto& sizes) { return IsPrintedSo(groups, count, sizes); });
}

}  // namespace

bool IsPaymentCard(std::string_view digits, bool named_as_card) {
  if (digits.size() < 12 || digits.size() > 19 || !PassesLuhn(digits)) return false;
  return named_as_card || IsIssued(kIssuers, digits);
}

MatchResult MatchPaymentCard(size_t position, const DigitGroups& groups, LazyContext& context) {
  if (groups.plus() || groups.paren()) return MatchResult::None();
  for (size_t count = std::min<size_t>(groups.count(), 5); count > 0; --count) {
    const std::string_view digits = groups.digits(count);
    if (digits.size() < 12 || !IsPrinted(groups, count) || !groups.EndsAfter(count)) continue;
    if (!PassesLuhn(digits)) continue;
    if (!IsPaymentCard(digits, false) && !context.Names(Entity::kPaymentCard, kCardReach)) continue;
    return MatchResult::Match(static_cast<uint16_t>(Entity::kPaymentCard), groups.end(count - 1) - position);
  }
  return MatchResult::None();
}

}  // namespace portcullis::policy
