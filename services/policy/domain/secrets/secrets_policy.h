// The policy secrets.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/secrets/secret_matcher.h"

namespace portcullis::policy {

inline constexpr std::string_view kSecrets = "secrets";

class SecretsPolicy final : public MatchPolicy {
 public:
  // INVALID_ARGUMENT: a rule that is not known, with the list of those that are.
  static absl::StatusOr<std::unique_ptr<const SecretsPolicy>> Create(const SecretsOptions& options);

  std::string_view kind() const override { return kSecrets; }
  std::string_view reason_code() const override { return "secrets.detected"; }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return action_; }
  bool Judges(Role) const override { return true; }
  const Matcher& matcher() const override { return matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override {
    matcher_.AddTriggers(lane, triggers);
  }
  std::string_view RuleName(uint16_t rule) const override { return matcher_.NameOf(rule); }
  std::string_view RuleReason(uint16_t rule) const override { return matcher_.ReasonOf(rule); }
  Replaced Replacement(uint16_t, const Matched&) const override { return {marker_}; }

 private:
  SecretsPolicy(const SecretsOptions& options, const std::vector<std::string_view>& off)
      : apply_to_(options.apply_to),
        action_(ActionOf(options.action)),
        matcher_(off),
        marker_(options.marker) {}

  ApplyTo apply_to_;
  Action action_;
  SecretMatcher matcher_;
  std::string marker_;
};

}  // namespace portcullis::policy
