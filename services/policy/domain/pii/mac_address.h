// Hardware addresses (IEEE 802): six pairs of hexadecimal digits with colons or dashes between. Broadcast and
// zero are left alone.
#pragma once

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMacLength = 17;

MatchResult MatchMac(const Window& window, size_t position);

}  // namespace portcullis::policy
