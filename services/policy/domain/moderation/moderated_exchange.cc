#include "services/policy/domain/moderation/moderated_exchange.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace portcullis::policy {
namespace {

// A verdict on the request as a step of the answer tells it: its findings have no place there.
ModerationVerdict Displaced(ModerationVerdict verdict) {
  for (Finding& finding : verdict.findings) {
    finding.reason += ", of the request";
    finding.segment = finding.begin = finding.end = 0;
  }
  return verdict;
}

void Conclude(const BlockReason& block, GuardResult* result) {
  result->action = block.action;
  result->policy = block.policy;
  result->reason_code = block.reason_code;
  result->message = block.message;
}

void AddToResult(ModerationVerdict verdict, GuardResult* result) {
  std::move(verdict.findings.begin(), verdict.findings.end(), std::back_inserter(result->findings));
  result->required_bytes += verdict.missed_bytes;
  if (!verdict.block || verdict.block->action <= result->action) return;
  Conclude(*verdict.block, result);
}

}  // namespace

void ModeratedExchange::SetTarget(std::string_view target) {
  inner_->SetTarget(target);
  moderator_->SetTarget(target);
}

void ModeratedExchange::AwaitRequest(Moderator::Callback next) {
  const std::shared_ptr<LateVerdict> late = std::exchange(late_, nullptr);
  if (late == nullptr) return std::move(next)({});
  Moderator::Callback told = [next = std::move(next)](ModerationVerdict verdict) mutable {
    std::move(next)(Displaced(std::move(verdict)));
  };
  if (std::optional<ModerationVerdict> verdict = late->TakeOr(told)) std::move(told)(*std::move(verdict));
}

void ModeratedExchange::CheckOutput(std::vector<Segment> segments, DecisionCallback done) {
  absl::StatusOr<Decision> checked = absl::InternalError("the engine did not answer within the call");
  inner_->CheckOutput(segments, [&](absl::StatusOr<Decision> decision) { checked = std::move(decision); });
  // An answer that is asked for again goes nowhere: nobody needs to judge it.
  if (!checked.ok() || checked->again != Again::kNo) return std::move(done)(std::move(checked));
  std::vector<ModerationText> texts;
  if (checked->action < Action::kEscalate && moderator_->Runs(Direction::kOutput))
    texts = moderator_->TextsOf(Direction::kOutput, segments, checked->edits);
  AwaitRequest([moderator = moderator_, texts = std::move(texts), decision = *std::move(checked),
                done = std::move(done)](ModerationVerdict request) mutable {
    if (moderator->abandoned()) return;
    request.judged_bytes = 0;  // they are the request's; what was missed is told at last
    AddVerdict(std::move(request), &decision);
    if (decision.action >= Action::kEscalate) return std::move(done)(std::move(decision));
    Moderator& judge = *moderator;
    judge.Judge(Direction::kOutput, false, std::move(texts),
                [moderator = std::move(moderator), decision = std::move(decision),
                 done = std::move(done)](ModerationVerdict verdict) mutable {
                  if (moderator->abandoned()) return;
                  AddVerdict(std::move(verdict), &decision);
                  std::move(done)(std::move(decision));
                });
  });
}

void ModeratedExchange::Guard(const std::vector<Piece>& pieces, GuardCallback done) {
  absl::StatusOr<GuardResult> guarded = absl::InternalError("the engine did not answer within the call");
  inner_->Guard(pieces, [&](absl::StatusOr<GuardResult> result) { guarded = std::move(result); });
  if (!guarded.ok()) return std::move(done)(std::move(guarded));
  GuardResult result = *std::move(guarded);
  std::vector<ModerationText> texts;
  if (moderator_->Runs(Direction::kOutput)) {
    TakePieces(pieces, &result);
    texts = Judgeable(&result);
  }
  if (state_->block) {
    Conclude(*state_->block, &result);
    result.releases.clear();
    return std::move(done)(std::move(result));
  }
  AwaitRequest([moderator = moderator_, state = state_, texts = std::move(texts), result = std::move(result),
                done = std::move(done)](ModerationVerdict request) mutable {
    if (moderator->abandoned()) return;
    if (request.block) texts.clear();
    Moderator& judge = *moderator;
    judge.Judge(Direction::kOutput, true, std::move(texts),
                [moderator = std::move(moderator), state = std::move(state), request = std::move(request),
                 result = std::move(result), done = std::move(done)](ModerationVerdict verdict) mutable {
                  if (moderator->abandoned()) return;
                  state->block = request.block ? request.block : verdict.block;
                  AddToResult(std::move(request), &result);
                  AddToResult(std::move(verdict), &result);
                  if (state->block) result.releases.clear();
                  std::move(done)(std::move(result));
                });
  });
}

HeldText& ModeratedExchange::HeldOf(uint32_t channel, SegmentKind kind) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [=](const HeldText& held) { return held.channel() == channel; });
  return found != held_.end() ? *found : held_.emplace_back(channel, kind);
}

// What the policies before let go stays here; what they blocked is not waited for.
void ModeratedExchange::TakePieces(const std::vector<Piece>& pieces, GuardResult* result) {
  for (const Piece& piece : pieces) HeldOf(piece.channel, piece.kind).Add(piece.text, piece.last);
  const bool observed = moderator_->policy().stream_mode() == StreamMode::kObserve;
  for (const Release& release : result->releases)
    HeldOf(release.channel, SegmentKind::kText).TakeRelease(release);
  if (!observed) result->releases.clear();
}

// The texts to judge now; `result` gets the releases for when they pass.
std::vector<ModerationText> ModeratedExchange::Judgeable(GuardResult* result) {
  std::vector<ModerationText> texts;
  if (result->action >= Action::kEscalate) return texts;
  const StreamMode mode = moderator_->policy().stream_mode();
  for (HeldText& held : held_) {
    const uint32_t begin = held.begin();
    const uint32_t end = held.Judgeable(mode);
    if (end > begin) {
      texts.push_back({held.channel(), begin, end, held.TextUntil(end)});
      Release release = held.ReleaseUntil(end);
      if (mode != StreamMode::kObserve) result->releases.push_back(std::move(release));
    }
    if (mode != StreamMode::kObserve) result->held_bytes += held.held_bytes();
  }
  return texts;
}

}  // namespace portcullis::policy
