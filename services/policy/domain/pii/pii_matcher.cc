#include "services/policy/domain/pii/pii_matcher.h"

#include <algorithm>

#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/email.h"
#include "services/policy/domain/pii/gps_position.h"
#include "services/policy/domain/pii/iban.h"
#include "services/policy/domain/pii/identifier_specs.h"
#include "services/policy/domain/pii/ip_address.h"
#include "services/policy/domain/pii/mac_address.h"
#include "services/policy/domain/pii/payment_card.h"
#include "services/policy/domain/pii/phone.h"
#include "services/policy/domain/pii/us_ssn.h"
#include "services/policy/domain/pii/wallet.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {
namespace {

// The part of a number after its decimal or thousands comma: "1,299".
bool FollowsComma(std::string_view text, size_t position, const DigitGroups& groups) {
  return position >= 2 && text[position - 1] == ',' && IsDigit(text[position - 2]) && groups.size(0) <= 3;
}

}  // namespace

PiiMatcher::PiiMatcher(const std::bitset<kEntityCount>& enabled, const text::FoldTable& fold)
    : enabled_(enabled), words_(EntityWords(), fold), identifiers_(enabled) {}

bool PiiMatcher::MayStart(char before, char first) const {
  if (IsAlnum(first)) return !IsAlnum(before);
  return first == '+' || first == '(' || first == '_';
}

// A match may also begin after an escaped sign, "%2C".
size_t PiiMatcher::NextStart(std::string_view text, size_t from, size_t until) const {
  char before = from == 0 ? ' ' : text[from - 1];
  for (; from < until; before = text[from++]) {
    if (MayStart(before, text[from])) return from;
    if (from >= 3 && text[from - 3] == '%' && IsAlnum(text[from]) && IsPercentEscape(text, from - 3))
      return from;
  }
  return until;
}

size_t PiiMatcher::max_length() const {
  return std::max({kMaxEmailLength, kMaxIbanLength, kMaxNumberLength, kMaxIdLength, kMaxWalletLength});
}

MatchResult PiiMatcher::At(const Window& window, size_t position) const {
  const std::string_view text = window.text;
  const char first = text[position];
  if (position > 0 && text[position - 1] == '%' && IsHex(first)) {
    if (position + 1 == text.size() && !window.final) return MatchResult::Open();
    if (IsPercentEscape(text, position - 1)) return MatchResult::None();
  }
  BestMatch best;
  AddAddresses(window, position, &best);
  LazyContext context(words_, window, position);
  IdentifierMatcher::Found found;
  if (IsAlnum(first) && IdMayBegin(text, position)) found = identifiers_.At(window, position, context);
  if (found.open) best.Add(MatchResult::Open());
  if (found.named.matched()) best.Add(found.named);
  if (IsDigit(first) || first == '+' || first == '(') {
    AddNumbers(window, position, found, context, &best);
  } else {
    best.Add(found.unnamed);
  }
  if (IsDigit(first) && Wants(Entity::kGpsPosition)) best.Add(MatchGps(window, position, context));
  return best.result();
}

void PiiMatcher::AddAddresses(const Window& window, size_t position, BestMatch* best) const {
  const char first = window.text[position];
  if ((IsAlnum(first) || first == '_') && Wants(Entity::kEmail)) best->Add(MatchEmail(window, position));
  if (IsLetter(first) && Wants(Entity::kIban)) best->Add(MatchIban(window, position));
  if (IsHex(first) && Wants(Entity::kIpv6)) best->Add(MatchIpv6(window, position));
  if (IsHex(first) && Wants(Entity::kMacAddress)) best->Add(MatchMac(window, position));
  if (IsDigit(first) && Wants(Entity::kIpv4)) best->Add(MatchIpv4(window, position));
  if (IsAlnum(first) && Wants(Entity::kBitcoinAddress)) best->Add(MatchBitcoin(window, position));
  if (IsDigit(first) && Wants(Entity::kEthereumAddress)) best->Add(MatchEthereum(window, position));
}

void PiiMatcher::AddNumbers(const Window& window, size_t position, const IdentifierMatcher::Found& found,
                            LazyContext& context, BestMatch* best) const {
  if (!IdMayBegin(window.text, position)) return;
  DigitGroups groups;
  const DigitGroups::State state = groups.Read(window, position);
  if (state == DigitGroups::State::kOpen) best->Add(MatchResult::Open());
  const bool number = state == DigitGroups::State::kRead && !FollowsComma(window.text, position, groups);
  if (number && Wants(Entity::kPaymentCard)) best->Add(MatchPaymentCard(position, groups, context));
  if (number && Wants(Entity::kUsSsn)) best->Add(MatchUsSsn(position, groups, context));
  best->Add(found.unnamed);
  if (number && Wants(Entity::kPhone)) best->Add(MatchPhone(position, groups, context));
}

}  // namespace portcullis::policy
