// The check of a request or of a whole answer: every policy sees every segment.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle.h"
#include "services/policy/domain/edit_list.h"
#include "services/policy/domain/outcome.h"
#include "services/policy/domain/pii/pseudonyms.h"
#include "services/policy/domain/probe.h"
#include "services/policy/domain/stage_plan.h"
#include "services/policy/domain/workspace.h"

namespace portcullis::policy {

// Add all segments, then Finish. The workspace must have been prepared for the bundle's prefilter.
class Examination {
 public:
  // `pseudonyms` are those of the exchange: requests fill them, answers turn them back. `plan` is for this
  // bundle and direction.
  Examination(const Bundle& bundle, Direction direction, StagePlan plan, const base::Clock& clock,
              Workspace* workspace, Pseudonyms* pseudonyms);

  void Add(const Segment& segment);

  // Tells `probe` what each policy did.
  Decision Finish(Probe* probe);

 private:
  // A segment's text in folded form. `map` is null where every byte stands for itself.
  struct Folded {
    std::string_view text;
    const text::FoldedText* map = nullptr;

    uint32_t RawBegin(uint32_t offset) const { return map == nullptr ? offset : map->RawBegin(offset); }
    uint32_t RawEnd(uint32_t offset) const { return map == nullptr ? offset : map->RawEnd(offset); }
    bool InNumber(uint32_t offset) const { return map != nullptr && map->InNumber(offset); }
  };

  Folded Fold(const Segment& segment, const text::FoldTable& table, text::FoldedText* folded,
              text::HiddenText* hidden) const;
  const PrefilterResult* RunPrefilter(std::string_view text);
  bool Wanted(const Segment& segment);
  void RunStage(const Stage& stage, const Segment& segment, const Folded& folded,
                const PrefilterResult* found, const text::HiddenText& hidden);
  // False when the stage's time ran out.
  bool RunMatch(const Stage& stage, const Segment& segment, const Folded& folded,
                const PrefilterResult* found);
  void AddMatch(const Stage& stage, const Segment& segment, const Folded& folded, const Hit& hit);
  void RestoreTokens(const Segment& segment, const Folded& folded);
  bool RunInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                    const PrefilterResult* found, const text::HiddenText& hidden);
  void AddInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                    const PrefilterResult* found, InjectionJudgement judgement);
  void AddConversation(const Stage& stage, const Segment& segment, const Folded& folded,
                       const PrefilterResult* found, const InjectionJudgement& judgement);
  void TakeOutExcepted(const Stage& stage, const StageRun& run, const Folded& folded,
                       InjectionJudgement* judgement);
  Finding SignalFinding(const InjectionPolicy& policy, const Folded& folded, const Signal& signal) const;
  void Fail(const Stage& stage, StageRun* run);
  void ActOnWhole(const Stage& stage);
  void Note(const Stage& stage, Finding finding);
  void Act(const Stage& stage, Action action, BlockReason reason);
  bool Observed(const Stage& stage);
  void Report(const Stage& stage, const StageRun& run, Probe* probe) const;

  const Bundle& bundle_;
  Direction direction_;
  StagePlan plan_;
  const base::Clock& clock_;
  Workspace* workspace_;
  Pseudonyms* pseudonyms_;
  uint32_t segment_ = 0;
  bool missed_ = false;  // a policy that had to see the segment did not
  EditList edits_;
  Decision decision_;
  FindingQuota quota_;
  std::vector<Action> stage_actions_;
  std::vector<std::optional<BlockReason>> blocks_;  // by stage, of its first block or escalation
};

}  // namespace portcullis::policy
