// Payment card numbers: 12 to 19 digits, issuer ranges (ISO/IEC 7812), the Luhn check digit; written together
// or in the groups that are printed on cards.
#pragma once

#include <string_view>

#include "services/policy/domain/pii/digit_groups.h"

namespace portcullis::policy {

bool PassesLuhn(std::string_view digits);

// Whether `digits` has an issuer's range and length, and the right check digit. Short numbers of issuers that
// collide with article numbers count only if `named_as_card`.
bool IsPaymentCard(std::string_view digits, bool named_as_card);

MatchResult MatchPaymentCard(const Window& window, size_t position, const DigitGroups& groups);

}  // namespace portcullis::policy
