// Policies of a tenant's catalogue that do the same with what they find, as one policy of the chain.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/api/catalog_api.h"
#include "services/policy/domain/dlp/dlp_matcher.h"
#include "services/policy/domain/match_policy.h"

namespace portcullis::policy {

class CatalogMatch final : public MatchPolicy {
 public:
  // Of one pattern; several may belong to one policy.
  struct Rule {
    std::string id;
    std::string reason;
  };

  // One rule for each pattern, or a single one and no pattern.
  CatalogMatch(CatalogKind kind, OnDetect action, ApplyTo apply_to, std::vector<Rule> rules,
               std::vector<DlpPattern> patterns);

  std::string_view kind() const override {
    return kind_ == CatalogKind::kStatic ? kStaticPolicy : kDynamicPolicy;
  }
  std::string_view reason_code() const override {
    return kind_ == CatalogKind::kStatic ? "static_policy.matched" : "dynamic_policy.matched";
  }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return ActionOf(action_); }
  bool Judges(Role) const override { return true; }
  const Matcher& matcher() const override { return *matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override {
    matcher_->AddPatternTriggers(lane, triggers);
  }
  std::string_view RuleName(uint16_t rule) const override { return rules_[rule].id; }
  std::string_view RuleReason(uint16_t rule) const override { return rules_[rule].reason; }
  Replaced Replacement(uint16_t, const Matched&) const override { return {"[REDACTED]"}; }

 private:
  const CatalogKind kind_;
  const OnDetect action_;
  const ApplyTo apply_to_;
  const std::vector<Rule> rules_;
  const std::unique_ptr<const DlpMatcher> matcher_;
};

// What an action's name does: "warn", "log" and "allow" record alone, "require_approval" holds the request
// back. "alert" is of dynamic policies.
OnDetect OnDetectOf(std::string_view action);

}  // namespace portcullis::policy
