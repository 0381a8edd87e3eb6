// The part of prompt-injection that guards answers: what an attack that got through would carry out.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/policy/domain/injection/injection_policy.h"
#include "services/policy/domain/injection/leak_matcher.h"
#include "services/policy/domain/match_policy.h"

namespace portcullis::policy {

inline constexpr size_t kMinCanary = 8;
inline constexpr size_t kMaxCanary = 200;

class LeakPolicy final : public MatchPolicy {
 public:
  // What the options ask for: for links, for canaries, both or none. INVALID_ARGUMENT: a canary that is too
  // short or too long.
  static absl::StatusOr<std::vector<std::unique_ptr<const LeakPolicy>>> Create(
      const PromptInjectionOptions& options, const text::FoldTable& fold);

  std::string_view kind() const override { return kPromptInjection; }
  std::string_view reason_code() const override { return "prompt_injection.leak"; }
  ApplyTo apply_to() const override { return ApplyTo::kOutput; }
  Action action() const override { return action_; }
  bool Judges(Role) const override { return true; }
  const Matcher& matcher() const override { return matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override {
    matcher_.AddTriggers(lane, triggers);
  }
  std::string_view RuleName(uint16_t rule) const override;
  std::string_view RuleReason(uint16_t rule) const override;
  Replaced Replacement(uint16_t, const Matched&) const override { return {"[REMOVED]"}; }

 private:
  LeakPolicy(Action action, LeakMatcher matcher) : action_(action), matcher_(std::move(matcher)) {}

  Action action_;
  LeakMatcher matcher_;
};

}  // namespace portcullis::policy
