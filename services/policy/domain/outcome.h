// The words of findings and decisions.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle.h"
#include "services/policy/domain/injection/conversation.h"
#include "services/policy/domain/stage_plan.h"

namespace portcullis::policy {

// Findings of one exchange and direction beyond this number are not listed (they still act),
// but each policy's first one is.
inline constexpr size_t kMaxFindings = 1000;

// Decides which findings are listed.
class FindingQuota {
 public:
  bool Take(const Stage& stage) {
    const bool first = !seen_[stage.lane];
    seen_.set(stage.lane);
    return listed_++ < kMaxFindings || first;
  }

 private:
  size_t listed_ = 0;
  std::bitset<256> seen_;  // by lane
};

// The finding for a match of `policy`; the range counts raw bytes.
Finding MatchFinding(const MatchPolicy& policy, uint16_t rule, uint32_t segment, uint32_t begin,
                     uint32_t end);

// The same for a policy that acts on a request as a whole.
Finding WholeFinding(const MatchPolicy& policy);

// Marks `finding` as one that `exception` leaves alone.
void MarkExcepted(const PolicyException& exception, Finding* finding);

// Why text was refused, for the client.
struct BlockReason {
  std::string policy;
  std::string reason_code;
  std::string message;
  Action action = Action::kBlock;  // or kEscalate
};

// "Request" or "Response"; " blocked by policy " or " held for review by policy ".
std::string_view SideName(Direction direction);
std::string_view Verb(Action action);

BlockReason MatchBlock(const MatchPolicy& policy, uint16_t rule, Direction direction);
BlockReason WholeBlock(const MatchPolicy& policy, Direction direction);
BlockReason InjectionBlock(const InjectionPolicy& policy, uint16_t rule);

// Of turns that are an attack together.
Finding ConversationFinding(const InjectionPolicy& policy, const ConversationSign& sign, uint32_t segment);
BlockReason ConversationBlock(const InjectionPolicy& policy, const ConversationSign& sign, Action action);

// Of a policy whose time ran out.
inline constexpr std::string_view kTimeoutRule = "timeout";
Finding TimeoutFinding(const Stage& stage, const StageRun& run, uint32_t segment);
BlockReason TimeoutBlock(const Stage& stage, Direction direction);

// Replacement text as it must stand in the segment: JSON-safe in strings of JSON; in its numbers digits, or
// as many nines as were matched.
std::string ReplacementIn(SegmentKind kind, bool in_number, std::string replacement, size_t matched_bytes);

}  // namespace portcullis::policy
