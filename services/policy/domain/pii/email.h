// E-mail addresses: local part of up to 64 bytes, a domain of at least two labels, the last one of letters.
#pragma once

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxEmailLength = 254;  // RFC 5321, 4.5.3.1.3

MatchResult MatchEmail(const Window& window, size_t position);

}  // namespace portcullis::policy
