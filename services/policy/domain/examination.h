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
#include "services/policy/domain/workspace.h"

namespace portcullis::policy {

// Add all segments, then Finish. The workspace must have been prepared for the bundle's prefilter.
class Examination {
 public:
  // `pseudonyms` are those of the exchange: requests fill them, answers turn them back.
  Examination(const Bundle& bundle, Direction direction, Workspace* workspace, Pseudonyms* pseudonyms);

  void Add(const Segment& segment);
  Decision Finish();

  // What each stage did so far, by stage.
  const std::vector<Action>& stage_actions() const { return stage_actions_; }

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
  void RunMatch(const Stage& stage, const Segment& segment, const Folded& folded,
                const PrefilterResult* found);
  void AddMatch(const Stage& stage, const Segment& segment, const Folded& folded, const Hit& hit);
  void RestoreTokens(const Segment& segment, const Folded& folded);
  void RunInjection(const Stage& stage, const Segment& segment, const Folded& folded,
                    const PrefilterResult* found, const text::HiddenText& hidden);
  void AddInjection(const Stage& stage, Role role, const Folded& folded, const InjectionJudgement& judgement);
  void Note(Finding finding);
  void Act(const Stage& stage, Action action, BlockReason reason);

  const Bundle& bundle_;
  Direction direction_;
  Workspace* workspace_;
  Pseudonyms* pseudonyms_;
  uint32_t segment_ = 0;
  EditList edits_;
  Decision decision_;
  std::vector<Action> stage_actions_;
  std::vector<std::optional<BlockReason>> blocks_;  // by stage, of its first block
};

}  // namespace portcullis::policy
