// Postal addresses, by their form in English, German, French, Spanish, Italian and Dutch and some neighbours:
// a number and a street ("12 Oak Street", "12 rue de la Paix", "Lange Straße 5", "Via Roma 131"), a flat, a
// post-office box, a military address, and the lines of place and postcode after them.
//
// Rules, not a model: what they find and miss stands in docs/policies/pii-detector.md. Latin letters alone.
#pragma once

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxStreetAddress = 160;

MatchResult MatchStreetAddress(const Window& window, size_t position);

}  // namespace portcullis::policy
