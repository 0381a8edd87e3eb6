#include "services/policy/domain/examination.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "libs/base/strings.h"
#include "libs/text/json_folder.h"
#include "libs/text/utf8.h"

namespace portcullis::policy {
namespace {

// A signal this weak is worth a finding only as part of an attack.
constexpr double kWeakSignal = 0.5;

}  // namespace

Examination::Examination(const Bundle& bundle, Direction direction, StagePlan plan, const base::Clock& clock,
                         Workspace* workspace, Pseudonyms* pseudonyms)
    : bundle_(bundle),
      direction_(direction),
      plan_(std::move(plan)),
      clock_(clock),
      workspace_(workspace),
      pseudonyms_(pseudonyms),
      stage_actions_(bundle.lanes(direction), Action::kAllow),
      blocks_(bundle.lanes(direction)) {
  if (direction == Direction::kInput) workspace_->conversation.Clear();
}

void Examination::Add(const Segment& segment) {
  const std::vector<Stage>& stages = bundle_.stages(direction_);
  const bool restores = direction_ == Direction::kOutput && !pseudonyms_->empty();
  const bool wanted = Wanted(segment);
  if (wanted || restores) {
    text::HiddenText hidden;
    const Folded folded = Fold(segment, bundle_.fold(), &workspace_->folded, &hidden);
    const PrefilterResult* found = RunPrefilter(folded.text);
    for (const Stage& stage : stages) RunStage(stage, segment, folded, found, hidden);
    if (restores) RestoreTokens(segment, folded);
    edits_.Take(std::numeric_limits<uint32_t>::max(), segment_, &decision_.edits);
    decision_.required_bytes += segment.text.size();
    if (!missed_) decision_.scanned_bytes += segment.text.size();
  }
  ++segment_;
}

// Whether a policy has to see this text: without gates all texts are seen.
bool Examination::Wanted(const Segment& segment) {
  const std::vector<Stage>& stages = bundle_.stages(direction_);
  if (!bundle_.gated(direction_)) return !stages.empty();
  return missed_ || std::any_of(stages.begin(), stages.end(), [&](const Stage& stage) {
           return Judges(stage, plan_.run(stage), segment.kind, segment.role);
         });
}

void Examination::RunStage(const Stage& stage, const Segment& segment, const Folded& folded,
                           const PrefilterResult* found, const text::HiddenText& hidden) {
  StageRun* run = plan_.run(stage);
  if (!Judges(stage, run, segment.kind, segment.role)) return;
  const bool in_time = stage.match != nullptr ? RunMatch(stage, segment, folded, found)
                                              : RunInjection(stage, segment, folded, found, hidden);
  if (!in_time) Fail(stage, run);
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
  PrefilterScratch* const scratch = &workspace_->scratch;
  PrefilterResult* const found = &workspace_->found;
  if (!bundle_.prefilter(direction_).Run(text, scratch, found)) return nullptr;
  const TenantRules* const rules = bundle_.tenant_rules();
  return rules == nullptr || rules->prefilter(direction_).Add(text, scratch, found) ? found : nullptr;
}

bool Examination::RunMatch(const Stage& stage, const Segment& segment, const Folded& folded,
                           const PrefilterResult* found) {
  StageRun* run = plan_.run(stage);
  const StageTimer timer(run, clock_);
  const Matcher& matcher = stage.match->matcher();
  std::vector<Hit>& hits = workspace_->hits;
  hits.clear();
  const Window window{folded.text, true, &workspace_->steps};
  size_t at = 0;
  bool in_time = true;
  if (found == nullptr || stage.match->TriesEveryWord()) {
    in_time = ScanWithin(timer, matcher, window, folded.text.size(), &at, &hits);
  } else {
    for (const Region& region : found->regions[stage.lane]) {
      at = std::max(at, region.begin);
      if (run == nullptr) {
        Scan(matcher, window, region.end, &at, &hits);
      } else if (!ScanWithin(timer, matcher, window, region.end, &at, &hits)) {
        in_time = false;
        break;
      }
    }
  }
  for (const Hit& hit : hits) AddMatch(stage, segment, folded, hit);
  return in_time;
}

void Examination::AddMatch(const Stage& stage, const Segment& segment, const Folded& folded, const Hit& hit) {
  const MatchPolicy& policy = *stage.match;
  const StageRun* run = plan_.run(stage);
  const uint32_t begin = folded.RawBegin(hit.begin);
  const uint32_t end = folded.RawEnd(hit.end);
  const std::string_view matched = folded.text.substr(hit.begin, hit.end - hit.begin);
  Finding finding = MatchFinding(policy, hit.rule, segment_, begin, end);
  if (run != nullptr) {
    finding.observed = run->observed;
    if (const PolicyException* exception = run->ExceptionFor(finding.rule, matched)) {
      MarkExcepted(*exception, &finding);
      return Note(stage, std::move(finding));
    }
  }
  if (policy.action() == Action::kRedact && !finding.observed) {
    const bool in_number = folded.InNumber(hit.begin);
    const bool escaped = segment.kind == SegmentKind::kJson;
    Replaced replaced =
        policy.Replacement(hit.rule, {matched, escaped ? matched : segment.text.substr(begin, end - begin),
                                      direction_, in_number, pseudonyms_});
    if (replaced.is_token) finding.reason += base::StrCat(", replaced by ", replaced.text);
    edits_.Add(begin, end, stage.lane,
               ReplacementIn(segment.kind, in_number, std::move(replaced.text), matched.size()));
  }
  Note(stage, std::move(finding));
  const bool first_block = policy.action() >= Action::kEscalate && !blocks_[stage.lane].has_value();
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

bool Examination::RunInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                               const PrefilterResult* found, const text::HiddenText& hidden) {
  const StageTimer timer(plan_.run(stage), clock_);
  const InjectionPolicy& policy = *stage.injection;
  const bool same_fold = folded.map == nullptr || &policy.fold() == &bundle_.fold();
  if (same_fold) {
    const Window window{folded.text, true, &workspace_->steps};
    AddInjection(stage, segment, folded, found, policy.Judge(window, found, stage.lane, hidden));
  } else {
    const Folded own = Fold(segment, policy.fold(), &workspace_->injection_folded, nullptr);
    AddInjection(stage, segment, own, nullptr,
                 policy.Judge({own.text, true, &workspace_->steps}, nullptr, stage.lane, {}));
  }
  return !timer.Over();
}

void Examination::AddInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                               const PrefilterResult* found, InjectionJudgement judgement) {
  const InjectionPolicy& policy = *stage.injection;
  const StageRun* run = plan_.run(stage);
  if (run != nullptr && !run->exceptions.empty()) TakeOutExcepted(stage, *run, folded, &judgement);
  const bool observed = Observed(stage);
  const bool attack = !judgement.signals.empty() && judgement.score >= policy.ThresholdFor(segment.role);
  const Action action = attack ? ActionOf(policy.options().action) : Action::kAllow;
  for (const Signal& signal : judgement.signals) {
    if (!attack && policy.RuleWeight(signal.rule) < kWeakSignal) continue;
    Finding finding = SignalFinding(policy, folded, signal);
    finding.action = action;
    finding.observed = observed;
    if (action == Action::kRedact && !observed && finding.end > finding.begin) {
      edits_.Add(finding.begin, finding.end, stage.lane, "[REMOVED]");
    }
    Note(stage, std::move(finding));
  }
  if (attack) Act(stage, action, InjectionBlock(policy, judgement.signals.front().rule));
  if (segment.role == Role::kUser && policy.options().multi_turn)
    AddConversation(stage, segment, folded, found, judgement);
}

// What the turns of the user say together. It cannot be cut out of one of them: where texts are redacted,
// this blocks.
void Examination::AddConversation(const Stage& stage, const Segment& segment, const Folded& folded,
                                  const PrefilterResult* found, const InjectionJudgement& judgement) {
  const InjectionPolicy& policy = *stage.injection;
  const StageRun* run = plan_.run(stage);
  const std::string_view message = std::string_view(segment.path).substr(0, segment.path.find(']') + 1);
  const auto sign =
      workspace_->conversation.Add(policy, message, {folded.text, true, &workspace_->steps},
                                   PhraseWordsOf(found, stage.lane, folded.text.size()), judgement);
  if (!sign.has_value()) return;
  Action action = ActionOf(policy.options().action);
  if (action == Action::kRedact) action = Action::kBlock;
  Finding finding = ConversationFinding(policy, *sign, segment_);
  finding.action = action;
  finding.observed = run != nullptr && run->observed;
  const PolicyException* exception = run == nullptr ? nullptr : run->ExceptionFor(finding.rule, "");
  if (exception != nullptr) MarkExcepted(*exception, &finding);
  Note(stage, std::move(finding));
  if (exception == nullptr) Act(stage, action, ConversationBlock(policy, *sign, action));
}

// What an exception covers is noted, and adds nothing to the score.
void Examination::TakeOutExcepted(const Stage& stage, const StageRun& run, const Folded& folded,
                                  InjectionJudgement* judgement) {
  const InjectionPolicy& policy = *stage.injection;
  const auto excepted = [&](const Signal& signal) {
    const std::string_view value =
        signal.end > signal.begin ? folded.text.substr(signal.begin, signal.end - signal.begin) : "";
    const PolicyException* exception = run.ExceptionFor(policy.RuleName(signal.rule), value);
    if (exception == nullptr) return false;
    Finding finding = SignalFinding(policy, folded, signal);
    MarkExcepted(*exception, &finding);
    Note(stage, std::move(finding));
    return true;
  };
  std::erase_if(judgement->signals, excepted);
  judgement->score = policy.ScoreOf(judgement->signals);
}

Finding Examination::SignalFinding(const InjectionPolicy& policy, const Folded& folded,
                                   const Signal& signal) const {
  Finding finding;
  finding.policy = kPromptInjection;
  finding.rule = policy.RuleName(signal.rule);
  finding.reason = policy.RuleReason(signal.rule);
  finding.score = policy.RuleWeight(signal.rule);
  finding.segment = segment_;
  finding.begin = folded.RawBegin(signal.begin);
  finding.end = signal.end > signal.begin ? folded.RawEnd(signal.end) : finding.begin;
  return finding;
}

// The stage looks at nothing more; what it would still have had to see counts as not seen.
void Examination::Fail(const Stage& stage, StageRun* run) {
  run->failed = true;
  missed_ = missed_ || !run->observed;
  Finding finding = TimeoutFinding(stage, *run, segment_);
  const Action action = finding.action;
  Note(stage, std::move(finding));
  Act(stage, action, action == Action::kBlock ? TimeoutBlock(stage, direction_) : BlockReason());
}

void Examination::Note(const Stage& stage, Finding finding) {
  if (quota_.Take(stage)) decision_.findings.push_back(std::move(finding));
}

void Examination::Act(const Stage& stage, Action action, BlockReason reason) {
  Action& so_far = stage_actions_[stage.lane];
  std::optional<BlockReason>& block = blocks_[stage.lane];
  if (action >= Action::kEscalate && (!block.has_value() || action > so_far)) block = std::move(reason);
  so_far = std::max(so_far, action);
}

bool Examination::Observed(const Stage& stage) {
  const StageRun* run = plan_.run(stage);
  return run != nullptr && run->observed;
}

// Tells the probe what a stage with a gate did, if it ran.
void Examination::Report(const Stage& stage, const StageRun& run, Probe* probe) const {
  if (!run.on) return;
  const Action action = stage_actions_[stage.lane];
  if (run.failed) probe->OnFailure(stage.kind(), action == Action::kBlock && !run.observed);
  if (run.observed) {
    probe->OnObserved(stage.kind(), action);
  } else {
    probe->OnDecision(stage.kind(), action);
  }
}

// What a policy without a pattern does: its conditions are all that it asks for.
void Examination::ActOnWhole(const Stage& stage) {
  const StageRun* run = plan_.run(stage);
  if (run != nullptr && !run->on) return;
  Note(stage, WholeFinding(*stage.match));
  const Action action = stage.match->action();
  Act(stage, action, action >= Action::kEscalate ? WholeBlock(*stage.match, direction_) : BlockReason());
}

Decision Examination::Finish(Probe* probe) {
  const std::vector<Stage>& stages = bundle_.stages(direction_);
  for (const Stage& stage : stages) {
    if (stage.always) ActOnWhole(stage);
  }
  const BlockReason* deciding = nullptr;
  for (const Stage& stage : stages) {
    const StageRun* run = plan_.run(stage);
    if (run == nullptr) {
      probe->OnDecision(stage.kind(), stage_actions_[stage.lane]);
    } else {
      Report(stage, *run, probe);
      if (run->observed) continue;
    }
    const std::optional<BlockReason>& block = blocks_[stage.lane];
    if (block.has_value() && (deciding == nullptr || block->action > deciding->action)) deciding = &*block;
    decision_.action = std::max(decision_.action, stage_actions_[stage.lane]);
  }
  if (deciding != nullptr) {
    decision_.policy = deciding->policy;
    decision_.reason_code = deciding->reason_code;
    decision_.message = deciding->message;
  }
  return std::move(decision_);
}

}  // namespace portcullis::policy
