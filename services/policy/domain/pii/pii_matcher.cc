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

// Whether the token that ends at `at` may be the first group of several.
bool MayChain(const Window& window, size_t at) {
  const std::string_view text = window.text;
  if (at == text.size()) return !window.final;
  const char separator = text[at];
  if (separator != ' ' && separator != '-' && separator != '.' && separator != '/' && separator != '+' &&
      separator != '(' && separator != ')')
    return false;
  if (at + 1 == text.size()) return !window.final;
  const char next = text[at + 1];
  return !IsLetter(next) ? !internal::Has(next, internal::kOtherScriptBit) : next < 'a';
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
  const Token token = ReadToken(window, position);
  BestMatch best;
  AddAddresses(window, position, token, &best);
  const bool number = token.MayBeNumber();
  const bool identifier = token.MayBeIdentifier() && (token.chained || identifiers_.HasSize(token.size));
  if ((!number && !identifier) || !IdMayBegin(text, position)) return best.result();
  LazyContext context(words_, window, position);
  IdentifierMatcher::Found found;
  if (identifier) found = identifiers_.At(window, position, context);
  if (found.open) best.Add(MatchResult::Open());
  if (found.named.matched()) best.Add(found.named);
  if (number) {
    AddNumbers(window, position, found, context, &best);
  } else {
    best.Add(found.unnamed);
  }
  if (token.digits && token.next == '.' && Wants(Entity::kGpsPosition))
    best.Add(MatchGps(window, position, context));
  return best.result();
}

PiiMatcher::Token PiiMatcher::ReadToken(const Window& window, size_t position) {
  const std::string_view text = window.text;
  constexpr int kAlnumBits = internal::kDigitBit | internal::kLetterBit;
  const size_t limit = std::min(text.size(), position + kMaxWalletLength + 1);
  int seen = 0;
  size_t at = position;
  for (; at < limit; ++at) {
    const int bits = internal::kCharBits[static_cast<uint8_t>(text[at])];
    if ((bits & kAlnumBits) == 0) break;
    seen |= bits;
  }
  Token token;
  token.size = at - position;
  token.digits = (seen & internal::kDigitBit) != 0;
  token.letters = (seen & internal::kLetterBit) != 0;
  token.lower = (seen & internal::kLowerBit) != 0;
  if (window.steps != nullptr) *window.steps += token.size + 1;
  if (at < text.size()) token.next = text[at];
  token.open = at == text.size() && !window.final;
  token.chained = token.size == 0 || MayChain(window, at);
  return token;
}

// Each is asked only if the token and the byte after it can belong to one.
void PiiMatcher::AddAddresses(const Window& window, size_t position, const Token& token,
                              BestMatch* best) const {
  const std::string_view text = window.text;
  const char first = text[position];
  const char next = token.next;
  const bool alnum = IsAlnum(first);
  if (Wants(Entity::kEmail) && (alnum || first == '_') && token.Leads(IsLocalPart(next) || next == '@'))
    best->Add(MatchEmail(window, position));
  if (!alnum) return;
  const bool has_digit = token.size > 2 ? IsDigit(text[position + 2]) : token.open;
  if (Wants(Entity::kIban) && IsLetter(first) && has_digit) best->Add(MatchIban(window, position));
  if (Wants(Entity::kIpv6) && token.size <= 4 && token.Leads(next == ':') && IsHex(first))
    best->Add(MatchIpv6(window, position));
  if (Wants(Entity::kMacAddress) && token.size <= 2 && token.Leads(next == ':' || next == '-'))
    best->Add(MatchMac(window, position));
  if (Wants(Entity::kIpv4) && !token.letters && token.size <= 3 && token.Leads(next == '.'))
    best->Add(MatchIpv4(window, position));
  if (Wants(Entity::kBitcoinAddress) && token.Leads(token.size >= 14))
    best->Add(MatchBitcoin(window, position));
  if (Wants(Entity::kEthereumAddress) && first == '0' && token.Leads(token.size == kEthereumLength))
    best->Add(MatchEthereum(window, position));
}

void PiiMatcher::AddNumbers(const Window& window, size_t position, const IdentifierMatcher::Found& found,
                            LazyContext& context, BestMatch* best) const {
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
