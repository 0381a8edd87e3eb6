// US social security numbers: AAA-GG-SSSS. They have no check digit; without dashes they count only if words
// before them say so.
#pragma once

#include <string_view>

#include "services/policy/domain/pii/digit_groups.h"
#include "services/policy/domain/pii/pii_context.h"

namespace portcullis::policy {

// Whether nine digits may be one: no area 000, 666 or 9xx, no group 00, no serial 0000, and neither of the
// two numbers that became known from advertisements.
bool IsUsSsn(std::string_view digits);

MatchResult MatchUsSsn(size_t position, const DigitGroups& groups, LazyContext& context);

}  // namespace portcullis::policy
