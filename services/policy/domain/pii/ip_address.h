// IPv4 addresses in dotted form and IPv6 addresses (RFC 4291). Left alone: version and section numbers, the
// loopback, unspecified and broadcast addresses, and IPv6 outside of the ranges that are in use.
#pragma once

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

inline constexpr size_t kMaxIpLength = 39 + 16;

MatchResult MatchIpv4(const Window& window, size_t position);
MatchResult MatchIpv6(const Window& window, size_t position);

}  // namespace portcullis::policy
