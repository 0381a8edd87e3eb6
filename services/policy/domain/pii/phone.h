// Telephone numbers: international with "+" or "00" (E.164, lengths by country), and the national forms that
// are common in the US, UK, France, Germany, Spain and Italy. National numbers count when their grouping says
// so, or when words before them do: plain numbers, dates, prices and ids are left alone.
#pragma once

#include <string_view>

#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/pii_context.h"

namespace portcullis::policy {

// Whether `digits` (country code first, without "+") may be an international number.
bool IsInternationalNumber(std::string_view digits);

MatchResult MatchPhone(size_t position, const DigitGroups& groups, LazyContext& context);

}  // namespace portcullis::policy
