// The policy sql-injection. It examines the arguments of tool calls and what tools answer; prose only if
// asked to.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/sql/sql_matcher.h"

namespace portcullis::policy {

inline constexpr std::string_view kSqlInjection = "sql-injection";

class SqlPolicy final : public MatchPolicy {
 public:
  // INVALID_ARGUMENT: a rule that is not known, with the list of those that are.
  static absl::StatusOr<std::unique_ptr<const SqlPolicy>> Create(const SqlInjectionOptions& options);

  std::string_view kind() const override { return kSqlInjection; }
  std::string_view reason_code() const override { return "sql_injection.detected"; }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return action_; }
  bool Judges(Role) const override { return true; }
  bool Reads(SegmentKind kind, Role role) const override {
    return prose_ || kind == SegmentKind::kJson || role == Role::kTool;
  }
  const Matcher& matcher() const override { return matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override {
    SqlMatcher::AddTriggers(lane, triggers);
  }
  std::string_view RuleName(uint16_t rule) const override { return kSqlRules[rule].name; }
  std::string_view RuleReason(uint16_t rule) const override { return kSqlRules[rule].reason; }
  Replaced Replacement(uint16_t, const Matched&) const override { return {"[REMOVED]"}; }

 private:
  SqlPolicy(const SqlInjectionOptions& options, const std::array<bool, kSqlRules.size()>& enabled)
      : apply_to_(options.apply_to),
        action_(ActionOf(options.action)),
        prose_(options.prose),
        matcher_(enabled) {}

  ApplyTo apply_to_;
  Action action_;
  bool prose_;
  SqlMatcher matcher_;
};

}  // namespace portcullis::policy
