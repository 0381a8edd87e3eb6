// The words of findings and decisions.
#pragma once

#include <string>
#include <string_view>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle.h"

namespace portcullis::policy {

// Findings of one exchange and direction beyond this number are not listed (they still act).
inline constexpr size_t kMaxFindings = 1000;

// The finding for a match of `policy`; the range counts raw bytes.
Finding MatchFinding(const MatchPolicy& policy, uint16_t rule, uint32_t segment, uint32_t begin,
                     uint32_t end);

// Why text was blocked, for the client.
struct BlockReason {
  std::string policy;
  std::string reason_code;
  std::string message;
};

BlockReason MatchBlock(const MatchPolicy& policy, uint16_t rule, Direction direction);
BlockReason InjectionBlock(const InjectionPolicy& policy, uint16_t rule);

// Replacement text as it must stand in the segment: JSON-safe in strings of JSON; in its numbers digits, or
// as many nines as were matched.
std::string ReplacementIn(SegmentKind kind, bool in_number, std::string replacement, size_t matched_bytes);

}  // namespace portcullis::policy
