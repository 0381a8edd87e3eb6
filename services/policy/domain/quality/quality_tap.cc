#include "services/policy/domain/quality/quality_tap.h"

#include <algorithm>
#include <iterator>

#include "libs/base/strings.h"
#include "services/policy/domain/outcome.h"

namespace portcullis::policy {
namespace {

bool SaysCutOff(std::string_view text) {
  return text == "length" || text == "max_tokens" || text == "model_length";
}

}  // namespace

bool IsFinishReason(std::string_view text) {
  static constexpr std::string_view kReasons[] = {
      "stop", "tool_calls", "function_call", "content_filter", "end_turn", "stop_sequence", "eos", "error"};
  return std::find(std::begin(kReasons), std::end(kReasons), text) != std::end(kReasons) || SaysCutOff(text);
}

Action QualityTap::Judge(const std::vector<Segment>& answer, Rules rules, Decision* decision) {
  const size_t first = decision->findings.size();
  Action action = Action::kAllow;
  bool failed = false;
  const bool cut_off = std::any_of(answer.begin(), answer.end(),
                                   [](const Segment& segment) { return SaysCutOff(segment.text); });
  for (size_t i = 0; i < answer.size(); ++i) {
    const std::string_view text = answer[i].text;
    if (answer[i].kind != SegmentKind::kText || text.empty() || IsFinishReason(text)) continue;
    const QualityJudgement judgement = policy_->Judge(text, context_, cut_off);
    decision->findings.push_back(policy_->FindingFor(judgement, static_cast<uint32_t>(i), true));
    decision->findings.back().observed = rules.observed;
    action = std::max(action, decision->findings.back().action);
    failed = failed || judgement.failed;
  }
  if (failed && AsksAgain(rules, *decision)) {
    decision->again = policy_->again();
    for (size_t i = first; i < decision->findings.size(); ++i) decision->findings[i].action = Action::kAllow;
    return Action::kAllow;
  }
  if (rules.observed || action <= decision->action || action < Action::kEscalate) return action;
  decision->action = action;
  decision->policy = kQualityScorer;
  decision->reason_code = "quality.below_threshold";
  decision->message =
      base::StrCat(SideName(Direction::kOutput), Verb(action), kQualityScorer, ": its quality is too low.");
  return action;
}

bool QualityTap::AsksAgain(Rules rules, const Decision& decision) {
  if (policy_->again() == Again::kNo || rules.observed || !rules.can_ask_again) return false;
  if (decision.action >= Action::kEscalate || asked_again_ >= policy_->options().max_retries) return false;
  ++asked_again_;
  return true;
}

void QualityTap::Take(const Piece& piece, std::vector<Finding>* findings) {
  if (piece.kind != SegmentKind::kText) return;
  std::string& text = texts_[piece.channel];
  if (text.size() <= kMaxScoredBytes) text += piece.text;
  if (!piece.last || text.empty()) return;
  if (text.size() <= kMaxScoredBytes)
    findings->push_back(policy_->FindingFor(policy_->Judge(text, context_, false), piece.channel, false));
  texts_.erase(piece.channel);
}

}  // namespace portcullis::policy
