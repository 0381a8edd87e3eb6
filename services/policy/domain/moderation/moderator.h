// external-moderation within one exchange: puts questions to the port and makes verdicts of the answers.
//
// Used by one thread at a time; a verdict may come on another (see ModerationPort). It touches nothing that
// the next step of the exchange would use at the same time.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "libs/base/clock.h"
#include "libs/base/late_value.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/direction.h"
#include "services/policy/domain/moderation/moderation_policy.h"
#include "services/policy/domain/moderation/moderation_port.h"
#include "services/policy/domain/outcome.h"
#include "services/policy/domain/probe.h"

namespace portcullis::policy {

// A text to judge, as it would leave: after the edits of the policies before.
struct ModerationText {
  uint32_t segment = 0;  // for streams: the channel
  uint32_t begin = 0;    // where it stands in the segment's own text
  uint32_t end = 0;
  std::string text;
};

struct ModerationVerdict {
  std::vector<Finding> findings;
  std::optional<BlockReason> block;
  uint64_t judged_bytes = 0;
  uint64_t missed_bytes = 0;  // that the service did not judge
};

// The verdict on a request that went to the provider meanwhile: the answer waits for it.
using LateVerdict = base::LateValue<ModerationVerdict>;

class Moderator : public std::enable_shared_from_this<Moderator> {
 public:
  using Callback = absl::AnyInvocable<void(ModerationVerdict) &&>;

  // `port`, `clock` and `probe` outlive it. A null port: the service cannot be asked here, which is a
  // failure.
  Moderator(std::shared_ptr<const ModerationPolicy> policy, Circumstances now, ModerationPort* port,
            const base::Clock& clock, Probe& probe)
      : policy_(std::move(policy)), now_(std::move(now)), port_(port), clock_(clock), probe_(probe) {}

  const ModerationPolicy& policy() const { return *policy_; }
  void SetTarget(std::string_view target) { now_.target = target; }
  bool Runs(Direction direction) const { return policy_->Runs(now_, direction); }

  // Of a request or an answer: what of it is to be judged.
  std::vector<ModerationText> TextsOf(Direction direction, const std::vector<Segment>& segments,
                                      const std::vector<Edit>& edits) const;

  // `done` runs inside the call or later. `streamed`: the texts are parts of a stream.
  void Judge(Direction direction, bool streamed, std::vector<ModerationText> texts, Callback done);

  // Nobody waits any more: questions that were not sent are dropped.
  void Abandon() { *abandoned_ = true; }
  bool abandoned() const { return *abandoned_; }

 private:
  struct Question;

  ModerationVerdict VerdictOf(const Question& question,
                              const std::vector<absl::StatusOr<TextScores>>& answers) const;
  void AddFlags(const Question& question, const ModerationText& text, const TextScores& scores,
                ModerationVerdict* verdict) const;
  void AddFailure(const Question& question, const ModerationText& text, const absl::Status& status,
                  ModerationVerdict* verdict) const;
  void Report(const Question& question, const ModerationVerdict& verdict) const;

  const std::shared_ptr<const ModerationPolicy> policy_;
  Circumstances now_;
  ModerationPort* const port_;
  const base::Clock& clock_;
  Probe& probe_;
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
};

// `text`, whose first byte is number `from`, with `edits` applied.
std::string Edited(std::string_view text, uint32_t from, const std::vector<Edit>& edits);

// Adds a verdict on whole texts to what the other policies decided.
void AddVerdict(ModerationVerdict verdict, Decision* decision);

}  // namespace portcullis::policy
