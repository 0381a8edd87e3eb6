// Payment card numbers: 12 to 19 digits, issuer ranges (ISO/IEC 7812), the Luhn check digit; written together
// or in the groups that are printed on cards.
#pragma once

#include <string_view>

#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/pii_context.h"

namespace portcullis::policy {

// Whether `digits` has the right check digit, and an issuer's range and length: those do not matter if it is
// `named_as_card`.
bool IsPaymentCard(std::string_view digits, bool named_as_card);

MatchResult MatchPaymentCard(size_t position, const DigitGroups& groups, LazyContext& context);

}  // namespace portcullis::policy
