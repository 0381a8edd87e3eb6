// Positions on the Earth as a pair of decimal degrees with at least three places: "48.8566, 2.3522". They
// count after a word that says so.
#pragma once

#include "services/policy/domain/pii/pii_context.h"
#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxGpsLength = 40;

MatchResult MatchGps(const Window& window, size_t position, LazyContext& context);

}  // namespace portcullis::policy
