// The policy safety-filter: plainly harmful requests and answers, by phrases in five languages, and phrases
// of the operator's own. Text of the operator's system prompt is not judged.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "libs/text/fold_table.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/scan/phrase_set.h"

namespace portcullis::policy {

inline constexpr std::string_view kSafetyFilter = "safety-filter";

class SafetyPolicy final : public MatchPolicy {
 public:
  // INVALID_ARGUMENT: an unknown mode or category, or a phrase of block_if without words. `fold` folds
  // block_if.
  static absl::StatusOr<std::unique_ptr<const SafetyPolicy>> Create(const SafetyFilterOptions& options,
                                                                    const text::FoldTable& fold);

  std::string_view kind() const override { return kSafetyFilter; }
  std::string_view reason_code() const override { return "safety.blocked"; }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return action_; }
  bool Judges(Role role) const override { return role != Role::kSystem; }
  bool TriesEveryWord() const override { return fuzzy_; }
  const Matcher& matcher() const override { return *phrases_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override {
    if (!fuzzy_) AddPhraseTriggers(*phrases_, lane, triggers);
  }
  std::string_view RuleName(uint16_t rule) const override { return names_[rule]; }
  std::string_view RuleReason(uint16_t rule) const override;
  std::string RuleDetail(uint16_t rule) const override;
  Replaced Replacement(uint16_t, const Matched&) const override { return {"[REMOVED]"}; }

 private:
  SafetyPolicy() = default;

  ApplyTo apply_to_ = ApplyTo::kBoth;
  Action action_ = Action::kBlock;
  bool fuzzy_ = false;
  std::vector<std::string> names_;  // by rule
  std::unique_ptr<const PhraseSet> phrases_;
};

}  // namespace portcullis::policy
