#include "services/policy/domain/examination.h"

#include <algorithm>
#include <limits>

#include "libs/base/strings.h"
#include "libs/text/json_folder.h"
#include "libs/text/utf8.h"

namespace portcullis::policy {
namespace {

// A signal this weak is worth a finding only as part of an attack.
constexpr double kWeakSignal = 0.5;

}  // namespace

Examination::Examination(const Bundle& bundle, Direction direction, Workspace* workspace,
                         Pseudonyms* pseudonyms)
    : bundle_(bundle),
      direction_(direction),
      workspace_(workspace),
      pseudonyms_(pseudonyms),
      stage_actions_(bundle.stages(direction).size(), Action::kAllow),
      blocks_(bundle.stages(direction).size()) {}

void Examination::Add(const Segment& segment) {
  const std::vector<Stage>& stages = bundle_.stages(direction_);
  const bool restores = direction_ == Direction::kOutput && !pseudonyms_->empty();
  if (!stages.empty() || restores) {
    text::HiddenText hidden;
    const Folded folded = Fold(segment, bundle_.fold(), &workspace_->folded, &hidden);
    const PrefilterResult* found = RunPrefilter(folded.text);
    for (const Stage& stage : stages) {
      if (stage.match != nullptr) RunMatch(stage, segment, folded, found);
      if (stage.injection != nullptr) RunInjection(stage, segment, folded, found, hidden);
    }
    if (restores) RestoreTokens(segment, folded);
    decision_.scanned_bytes += segment.text.size();
    decision_.required_bytes += segment.text.size();
    edits_.Take(std::numeric_limits<uint32_t>::max(), segment_, &decision_.edits);
  }
  ++segment_;
}

Examination::Folded Examination::Fold(const Segment& segment, const text::FoldTable& table,
                                      text::FoldedText* folded, text::HiddenText* hidden) const {
  const bool json = segment.kind == SegmentKind::kJson;
  if (!json && text::IsAscii(segment.text)) return {segment.text, nullptr};
  folded->Clear();
  if (json) {
    text::JsonFolder(&table, hidden).Feed(segment.text, true, folded);
  } else {
    text::TextFolder(&table, hidden).Feed(segment.text, true, folded);
  }
  return {folded->bytes(), folded};
}

const PrefilterResult* Examination::RunPrefilter(std::string_view text) {
  if (!workspace_->use_prefilter) return nullptr;
  const Prefilter& prefilter = bundle_.prefilter(direction_);
  return prefilter.Run(text, &workspace_->scratch, &workspace_->found) ? &workspace_->found : nullptr;
}

void Examination::RunMatch(const Stage& stage, const Segment& segment, const Folded& folded,
                           const PrefilterResult* found) {
  if (!stage.match->Reads(segment.kind, segment.role)) return;
  std::vector<Hit>& hits = workspace_->hits;
  hits.clear();
  const Window window{folded.text, true, &workspace_->steps};
  size_t at = 0;
  if (found == nullptr || stage.match->TriesEveryWord()) {
    Scan(stage.match->matcher(), window, folded.text.size(), &at, &hits);
  } else {
    for (const Region& region : found->regions[stage.lane]) {
      at = std::max(at, region.begin);
      Scan(stage.match->matcher(), window, region.end, &at, &hits);
    }
  }
  for (const Hit& hit : hits) AddMatch(stage, segment, folded, hit);
}

void Examination::AddMatch(const Stage& stage, const Segment& segment, const Folded& folded, const Hit& hit) {
  const MatchPolicy& policy = *stage.match;
  const uint32_t begin = folded.RawBegin(hit.begin);
  const uint32_t end = folded.RawEnd(hit.end);
  Finding finding = MatchFinding(policy, hit.rule, segment_, begin, end);
  if (policy.action() == Action::kRedact) {
    const bool in_number = folded.InNumber(hit.begin);
    const std::string_view matched = folded.text.substr(hit.begin, hit.end - hit.begin);
    const bool escaped = segment.kind == SegmentKind::kJson;
    Replaced replaced =
        policy.Replacement(hit.rule, {matched, escaped ? matched : segment.text.substr(begin, end - begin),
                                      direction_, in_number, pseudonyms_});
    if (replaced.is_token) finding.reason += base::StrCat(", replaced by ", replaced.text);
    edits_.Add(begin, end, stage.lane,
               ReplacementIn(segment.kind, in_number, std::move(replaced.text), matched.size()));
  }
  Note(std::move(finding));
  const bool first_block = policy.action() == Action::kBlock && !blocks_[stage.lane].has_value();
  Act(stage, policy.action(), first_block ? MatchBlock(policy, hit.rule, direction_) : BlockReason());
}

// What the request's tokens stand for goes back to the client.
void Examination::RestoreTokens(const Segment& segment, const Folded& folded) {
  std::vector<Hit>& hits = workspace_->hits;
  hits.clear();
  size_t at = 0;
  Scan(TokenMatcher(), {folded.text, true, &workspace_->steps}, folded.text.size(), &at, &hits);
  for (const Hit& hit : hits) {
    const std::string* original = pseudonyms_->Original(folded.text.substr(hit.begin, hit.end - hit.begin));
    if (original == nullptr) continue;
    edits_.Add(folded.RawBegin(hit.begin), folded.RawEnd(hit.end), kRestoreStage,
               ReplacementIn(segment.kind, false, *original, original->size()));
  }
}

void Examination::RunInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                               const PrefilterResult* found, const text::HiddenText& hidden) {
  const InjectionPolicy& policy = *stage.injection;
  if (!InjectionPolicy::Judges(segment.role)) return;
  const bool same_fold = folded.map == nullptr || &policy.fold() == &bundle_.fold();
  if (same_fold) {
    const Window window{folded.text, true, &workspace_->steps};
    return AddInjection(stage, segment.role, folded, policy.Judge(window, found, stage.lane, hidden));
  }
  const Folded own = Fold(segment, policy.fold(), &workspace_->injection_folded, nullptr);
  AddInjection(stage, segment.role, own,
               policy.Judge({own.text, true, &workspace_->steps}, nullptr, stage.lane, {}));
}

void Examination::AddInjection(const Stage& stage, Role role, const Folded& folded,
                               const InjectionJudgement& judgement) {
  const InjectionPolicy& policy = *stage.injection;
  const bool attack = !judgement.signals.empty() && judgement.score >= policy.ThresholdFor(role);
  const Action action = attack ? ActionOf(policy.options().action) : Action::kAllow;
  for (const Signal& signal : judgement.signals) {
    if (!attack && policy.RuleWeight(signal.rule) < kWeakSignal) continue;
    Finding finding;
    finding.policy = kPromptInjection;
    finding.rule = policy.RuleName(signal.rule);
    finding.reason = policy.RuleReason(signal.rule);
    finding.action = action;
    finding.score = policy.RuleWeight(signal.rule);
    finding.segment = segment_;
    finding.begin = folded.RawBegin(signal.begin);
    finding.end = signal.end > signal.begin ? folded.RawEnd(signal.end) : finding.begin;
    if (action == Action::kRedact && finding.end > finding.begin) {
      edits_.Add(finding.begin, finding.end, stage.lane, "[REMOVED]");
    }
    Note(std::move(finding));
  }
  if (attack) Act(stage, action, InjectionBlock(policy, judgement.signals.front().rule));
}

void Examination::Note(Finding finding) {
  if (decision_.findings.size() < kMaxFindings) decision_.findings.push_back(std::move(finding));
}

void Examination::Act(const Stage& stage, Action action, BlockReason reason) {
  stage_actions_[stage.lane] = std::max(stage_actions_[stage.lane], action);
  if (action == Action::kBlock && !blocks_[stage.lane].has_value()) blocks_[stage.lane] = std::move(reason);
}

Decision Examination::Finish() {
  for (const Action action : stage_actions_) decision_.action = std::max(decision_.action, action);
  for (const std::optional<BlockReason>& block : blocks_) {
    if (!block.has_value()) continue;
    decision_.policy = block->policy;
    decision_.reason_code = block->reason_code;
    decision_.message = block->message;
    break;
  }
  return std::move(decision_);
}

}  // namespace portcullis::policy
