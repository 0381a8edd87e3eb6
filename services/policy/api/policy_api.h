// The policy service as its callers see it: plain types, no transport.
//
// One Exchange accompanies one request through the gateway: it is opened with the request's text, guards the
// answer (whole or as a stream) and is closed with what was used. It is pinned to the bundle (the compiled
// policy chain) that was current when it was opened, however long it lives.
//
// Two forms exist: the direct one (the handler itself, in the same process, callbacks run inside the call, or
// later when a policy asks a service outside) and services/policy/client (over gRPC, callbacks run later on
// the caller's worker). Callers must allow for both.
//
// Threads: an api object is used by one worker; an Exchange belongs to the worker that opened it.
// Lifetime: text passed as string_view must stay valid until the method returns (not until the callback).
// Destroying an Exchange abandons it: no callback runs afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "libs/base/request_context.h"

namespace portcullis::policy {

// Who wrote a piece of text. Tool results and retrieved documents are kTool.
enum class Role : uint8_t { kUnknown, kSystem, kUser, kAssistant, kTool };

// kText: plain text. kJson: the text is itself a JSON document (tool-call arguments); only its strings and
// numbers are examined, and edits keep it valid JSON.
enum class SegmentKind : uint8_t { kText, kJson };

// A piece of text to examine. Byte offsets in edits and findings count from the start of `text` (UTF-8).
struct Segment {
  std::string_view text;
  SegmentKind kind = SegmentKind::kText;
  Role role = Role::kUnknown;
  std::string path;  // where it stands in the request, for people: "messages[2].content[0].text"
};

// In order of severity: of several policies' actions the greatest holds.
enum class Action : uint8_t { kAllow, kRedact, kEscalate, kBlock };

std::string_view ActionName(Action action);  // "allow", "redact", "escalate", "block"

// Replace bytes [begin, end) of segment `segment` by `replacement`. Edits of one decision are sorted by
// (segment, begin) and do not overlap.
struct Edit {
  uint32_t segment = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string replacement;
};

// Why a policy acted. Never holds the text that it matched.
struct Finding {
  std::string policy;              // kind, as in the chain: "pii-detector"
  std::string rule;                // "payment_card", "instruction_override.en"
  std::string reason;              // one sentence for people, without the matched text
  Action action = Action::kAllow;  // what this finding alone would do
  double score = 1.0;              // 0..1
  uint32_t segment = 0;            // for streams: the channel
  uint32_t begin = 0;              // bytes within the segment, or within the channel's whole text
  uint32_t end = 0;
  bool observed = false;  // the policy only observes: `action` was not applied
};

// The finding with which quality-scorer tells the score of an answer.
inline constexpr std::string_view kQualityScorerKind = "quality-scorer";
inline constexpr std::string_view kQualityScoreRule = "score";

// The kind whose limit is in Decision::max_cost_nano_usd.
inline constexpr std::string_view kCostLimitKind = "cost-limit";

// Whether another answer should be asked for in place of this one, and of whom.
enum class Again : uint8_t { kNo, kAnyTarget, kOtherTarget };

struct Decision {
  Action action = Action::kAllow;
  std::string policy;       // the policy that decided, when action is kBlock or kEscalate
  std::string reason_code;  // "prompt_injection.detected", "pii.detected", ...
  std::string message;      // for the client; names the policy, never the text
  std::vector<Edit> edits;
  std::vector<Finding> findings;  // of every policy, not only the first
  uint64_t scanned_bytes = 0;     // bytes of segment text that were examined
  uint64_t required_bytes = 0;  // bytes that some policy of the chain had to see; the same unless one failed
  std::optional<uint64_t> max_cost_nano_usd;  // of a request: what it may cost at most, by cost-limit
  // Of an answer, when the caller can ask again; then the rest of the decision is not to be applied.
  Again again = Again::kNo;
};

// A piece of one channel of a streamed answer. A channel is one growing text: the content of choice 0, the
// arguments of its second tool call, ... Its number is the caller's choice; kind and role are those of its
// first piece.
struct Piece {
  uint32_t channel = 0;
  SegmentKind kind = SegmentKind::kText;
  std::string_view text;  // may end anywhere between two UTF-8 code points
  bool last = false;      // nothing more will come on this channel
};

// How far a channel's text may leave. Offsets count bytes of the channel's whole text from its first piece,
// as it came in. Everything before `end` that has not been released yet may leave now, with `edits` applied
// to it; what is not released yet is held, never lost. An edit lies wholly within one release, even if its
// bytes came in several pieces; edits are sorted, do not overlap, and carry the channel in `segment`.
struct Release {
  uint32_t channel = 0;
  uint32_t end = 0;
  std::vector<Edit> edits;
};

struct GuardResult {
  Action action = Action::kAllow;  // greatest so far; kEscalate and kBlock are final
  std::string policy;              // set when final
  std::string reason_code;
  std::string message;
  std::vector<Release> releases;  // at most one per channel; at a block: up to the match or before
  std::vector<Finding> findings;  // new ones
  uint64_t scanned_bytes = 0;     // of this call
  uint64_t required_bytes = 0;    // as in Decision
  uint64_t held_bytes = 0;        // bytes held back over all channels after this call
};

// A header of the client's request. Which ones are sent: those that the conditions of the chain name.
struct Header {
  std::string name;  // lower case
  std::string value;
};

// What a request holds, for conditions: bits of OpenRequest::modalities.
inline constexpr uint8_t kModalityText = 1;
inline constexpr uint8_t kModalityImage = 2;
inline constexpr uint8_t kModalityAudio = 4;
inline constexpr uint8_t kModalityTools = 8;

struct OpenRequest {
  base::RequestContext context;
  std::string model;  // as the client asked
  bool stream = false;
  std::vector<Segment> input;
  std::vector<Header> headers;
  uint8_t modalities = kModalityText;
  std::string request_type;  // "chat", "completion", "embedding", or what AxonFlow's client says
  bool only_input = false;  // no answer will be examined: no verdict may be left for later
};

// What was used, for admission and statistics.
struct ExchangeSummary {
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  bool completed = false;  // false: failed or cancelled
};

class Exchange {
 public:
  using DecisionCallback = absl::AnyInvocable<void(absl::StatusOr<Decision>) &&>;
  using GuardCallback = absl::AnyInvocable<void(absl::StatusOr<GuardResult>) &&>;

  virtual ~Exchange() = default;

  // Which target answers, for conditions on it: before the first CheckOutput or Guard. Not known, every such
  // condition holds.
  virtual void SetTarget(std::string_view target) = 0;

  // Whether the caller can ask for another answer; not said, it cannot. Holds for what is checked from now
  // on.
  virtual void SetCanAskAgain(bool can) = 0;

  // Examines a whole answer. May be called again, with the answer that was asked for again.
  virtual void CheckOutput(std::vector<Segment> segments, DecisionCallback done) = 0;

  // Examines the next pieces of a streamed answer. Not before the callback of the call before has run.
  virtual void Guard(const std::vector<Piece>& pieces, GuardCallback done) = 0;

  virtual void Close(const ExchangeSummary& summary) = 0;
};

struct OpenResult {
  Decision decision;
  std::unique_ptr<Exchange> exchange;  // null when the decision is kBlock
  std::string bundle;                  // hash of the policy bundle, for the audit record
};

class PolicyApi {
 public:
  using OpenCallback = absl::AnyInvocable<void(absl::StatusOr<OpenResult>) &&>;

  virtual ~PolicyApi() = default;

  // Errors: UNAVAILABLE (no policy service reachable), DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED (text over the
  // limits), INTERNAL (a policy failed and its fail mode is block).
  virtual void Open(const OpenRequest& request, OpenCallback done) = 0;
};

}  // namespace portcullis::policy
