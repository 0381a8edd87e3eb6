#include "services/policy/domain/quality/quality_tap.h"

#include <algorithm>

#include "libs/base/strings.h"

namespace portcullis::policy {

Action QualityTap::Judge(const std::vector<Segment>& answer, Decision* decision) const {
  Action action = Action::kAllow;
  for (size_t i = 0; i < answer.size(); ++i) {
    if (answer[i].kind != SegmentKind::kText || answer[i].text.empty()) continue;
    const QualityJudgement judgement = policy_->Judge(answer[i].text, context_);
    decision->findings.push_back(policy_->FindingFor(judgement, static_cast<uint32_t>(i), true));
    action = std::max(action, decision->findings.back().action);
  }
  if (action != Action::kBlock) return action;
  if (decision->action < Action::kBlock) {
    decision->policy = kQualityScorer;
    decision->reason_code = "quality.below_threshold";
    decision->message =
        base::StrCat("Response blocked by policy ", kQualityScorer, ": ", "its quality is too low.");
  }
  decision->action = Action::kBlock;
  return action;
}

void QualityTap::Take(const Piece& piece, std::vector<Finding>* findings) {
  if (piece.kind != SegmentKind::kText) return;
  std::string& text = texts_[piece.channel];
  if (text.size() <= kMaxScoredBytes) text += piece.text;
  if (!piece.last || text.empty()) return;
  if (text.size() <= kMaxScoredBytes)
    findings->push_back(policy_->FindingFor(policy_->Judge(text, context_), piece.channel, false));
  texts_.erase(piece.channel);
}

}  // namespace portcullis::policy
