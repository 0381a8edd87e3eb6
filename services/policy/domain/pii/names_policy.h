// The part of pii-detector that looks for names of persons and postal addresses. It is a stage of its own,
// which is there when one of the two is switched on: no trigger leads to them, so it looks at every word.
#pragma once

#include <bitset>
#include <memory>

#include "absl/status/statusor.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/pii/marker.h"
#include "services/policy/domain/pii/name_list.h"
#include "services/policy/domain/pii/pii_policy.h"

namespace portcullis::policy {

// Rule numbers are those of the entities.
class NamesMatcher final : public Matcher {
 public:
  NamesMatcher(bool names, bool addresses);

  MatchResult At(const Window& window, size_t position) const override;
  bool MayStart(char before, char first) const override;
  size_t max_length() const override;

 private:
  bool addresses_;
  std::unique_ptr<const NameTable> names_;  // null: they are not looked for
};

class NamesPolicy final : public MatchPolicy {
 public:
  // Null when neither is switched on. INVALID_ARGUMENT as PiiPolicy::Create.
  static absl::StatusOr<std::unique_ptr<const NamesPolicy>> Create(const PiiDetectorOptions& options);

  std::string_view kind() const override { return kPiiDetector; }
  std::string_view reason_code() const override { return "pii.detected"; }
  ApplyTo apply_to() const override { return apply_to_; }
  Action action() const override { return action_; }
  bool Judges(Role) const override { return true; }
  const Matcher& matcher() const override { return matcher_; }
  bool TriesEveryWord() const override { return true; }
  void AddTriggers(uint8_t, std::vector<Trigger>*) const override {}
  std::string_view RuleName(uint16_t rule) const override { return Entities()[rule].name; }
  std::string_view RuleReason(uint16_t rule) const override { return Entities()[rule].reason; }
  Replaced Replacement(uint16_t rule, const Matched& matched) const override {
    return marker_.Render(static_cast<Entity>(rule), matched);
  }

 private:
  NamesPolicy(const PiiDetectorOptions& options, const std::bitset<kEntityCount>& enabled, Marker marker);

  ApplyTo apply_to_;
  Action action_;
  NamesMatcher matcher_;
  Marker marker_;
};

}  // namespace portcullis::policy
