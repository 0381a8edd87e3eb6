// The policy pii-detector.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/pii/marker.h"
#include "services/policy/domain/pii/pii_matcher.h"

namespace portcullis::policy {

inline constexpr std::string_view kPiiDetector = "pii-detector";

// What is looked for. INVALID_ARGUMENT: a pack or an entity that is not known.
absl::StatusOr<std::bitset<kEntityCount>> EnabledEntities(const PiiDetectorOptions& options);

class PiiPolicy final : public MatchPolicy {
 public:
  // INVALID_ARGUMENT: an identifier that is not known, with the list of those that are.
  static absl::StatusOr<std::unique_ptr<const PiiPolicy>> Create(const PiiDetectorOptions& options,
                                                                 const text::FoldTable& fold);

  std::string_view kind() const override { return kPiiDetector; }
  std::string_view reason_code() const override { return "pii.detected"; }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return action_; }
  bool Judges(Role) const override { return true; }
  const Matcher& matcher() const override { return matcher_; }
  void AddTriggers(uint8_t lane, std::vector<Trigger>* triggers) const override;
  std::string_view RuleName(uint16_t rule) const override { return Entities()[rule].name; }
  std::string_view RuleReason(uint16_t rule) const override { return Entities()[rule].reason; }
  Replaced Replacement(uint16_t rule, const Matched& matched) const override {
    return marker_.Render(static_cast<Entity>(rule), matched);
  }

 private:
  PiiPolicy(const PiiDetectorOptions& options, const std::bitset<kEntityCount>& enabled,
            const text::FoldTable& fold, Marker marker)
      : apply_to_(options.apply_to),
        action_(ActionOf(options.action)),
        matcher_(enabled, fold),
        marker_(std::move(marker)) {}

  ApplyTo apply_to_;
  Action action_;
  PiiMatcher matcher_;
  Marker marker_;
};

}  // namespace portcullis::policy
