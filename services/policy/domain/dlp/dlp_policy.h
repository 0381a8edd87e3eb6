// The policy dlp-filter: terms and patterns of the operator's own, and the markings that documents carry.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/text/fold_table.h"
#include "services/policy/domain/dlp/dlp_matcher.h"
#include "services/policy/domain/match_policy.h"

namespace portcullis::policy {

inline constexpr std::string_view kDlpFilter = "dlp-filter";

class DlpPolicy final : public MatchPolicy {
 public:
  // INVALID_ARGUMENT: the term or pattern that is wrong, by its place in its list. `fold` folds them.
  static absl::StatusOr<std::unique_ptr<const DlpPolicy>> Create(const DlpFilterOptions& options,
                                                                 const text::FoldTable& fold);

  std::string_view kind() const override { return kDlpFilter; }
  std::string_view reason_code() const override { return "dlp.detected"; }
  ApplyTo apply_to() const override { return options_.apply_to; }
  Action action() const override { return ActionOf(options_.action); }
  bool Judges(Role) const override { return true; }
  bool TriesEveryWord() const override { return options_.fuzzy_matching; }
  const Matcher& matcher() const override { return *matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override;
  std::string_view RuleName(uint16_t rule) const override { return names_[rule]; }
  std::string_view RuleReason(uint16_t rule) const override;
  Replaced Replacement(uint16_t, const Matched&) const override { return {options_.marker}; }

 private:
  explicit DlpPolicy(const DlpFilterOptions& options) : options_(options) {}

  DlpFilterOptions options_;
  std::vector<std::string> names_;  // by rule: "blocked_terms[3]"
  size_t terms_ = 0;
  size_t markings_ = 0;
  std::unique_ptr<const DlpMatcher> matcher_;
};

}  // namespace portcullis::policy
