#include "services/policy/domain/pii/pii_matcher.h"

#include <algorithm>

#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/email.h"
#include "services/policy/domain/pii/iban.h"
#include "services/policy/domain/pii/ip_address.h"
#include "services/policy/domain/pii/payment_card.h"
#include "services/policy/domain/pii/phone.h"
#include "services/policy/domain/pii/us_ssn.h"
#include "services/policy/domain/scan/char_class.h"

namespace portcullis::policy {

bool PiiMatcher::MayStart(char before, char first) const {
  if (IsAlnum(first)) return !IsAlnum(before);
  return first == '+' || first == '(' || first == '_';
}

size_t PiiMatcher::max_length() const {
  return std::max({kMaxEmailLength, kMaxIbanLength, kMaxNumberLength});
}

MatchResult PiiMatcher::At(const Window& window, size_t position) const {
  const char first = window.text[position];
  BestMatch best;
  if ((IsAlnum(first) || first == '_') && Wants(Entity::kEmail)) best.Add(MatchEmail(window, position));
  if (IsLetter(first) && Wants(Entity::kIban)) best.Add(MatchIban(window, position));
  if (IsHex(first) && Wants(Entity::kIpv6)) best.Add(MatchIpv6(window, position));
  if (IsDigit(first) && Wants(Entity::kIpv4)) best.Add(MatchIpv4(window, position));
  if (IsDigit(first) || first == '+' || first == '(') AddNumbers(window, position, &best);
  return best.result();
}

void PiiMatcher::AddNumbers(const Window& window, size_t position, BestMatch* best) const {
  if (!NumberMayBegin(window.text, position)) return;
  DigitGroups groups;
  const DigitGroups::State state = groups.Read(window, position);
  if (state == DigitGroups::State::kOpen) best->Add(MatchResult::Open());
  if (state != DigitGroups::State::kRead) return;
  if (Wants(Entity::kPaymentCard)) best->Add(MatchPaymentCard(window, position, groups));
  if (Wants(Entity::kUsSsn)) best->Add(MatchUsSsn(window, position, groups));
  if (Wants(Entity::kPhone)) best->Add(MatchPhone(window, position, groups));
}

}  // namespace portcullis::policy
