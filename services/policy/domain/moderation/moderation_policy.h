// external-moderation: what of a text's scores counts, and what it does.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/moderation/moderation_port.h"

namespace portcullis::policy {

// Immutable, shared by all threads.
class ModerationPolicy {
 public:
  // A category that reached its threshold.
  struct Flag {
    std::string category;
    double score = 0;
  };

  // INVALID_ARGUMENT: names the option and what is wrong. `fail_mode`: where the options have none.
  static absl::StatusOr<std::shared_ptr<const ModerationPolicy>> Create(
      const ExternalModerationOptions& options, FailMode fail_mode);

  const ExternalModerationOptions& options() const { return options_; }
  const Gate& gate() const { return *gate_; }
  std::shared_ptr<const ModerationService> service() const { return service_; }
  Action action() const { return ActionOf(options_.action); }

  // How streams leave: an observer holds nothing back.
  StreamMode stream_mode() const {
    const PolicyControl& control = gate_->control();
    return control.mode == PolicyMode::kObserve ? StreamMode::kObserve : control.stream;
  }

  // Whether texts of this direction are judged in an exchange under these circumstances.
  bool Runs(const Circumstances& now, Direction direction) const;

  // The categories of a text that count, each once with its greatest score, in order of their names.
  std::vector<Flag> Judge(const TextScores& scores) const;

 private:
  explicit ModerationPolicy(const ExternalModerationOptions& options)
      : options_(options), categories_(options.categories.begin(), options.categories.end()) {
    for (const ModerationThreshold& one : options.thresholds) thresholds_[one.category] = one.threshold;
  }

  absl::Status CheckCategories() const;

  ExternalModerationOptions options_;
  std::set<std::string> categories_;
  std::map<std::string, double> thresholds_;
  std::unique_ptr<const Gate> gate_;
  std::shared_ptr<const ModerationService> service_;
};

}  // namespace portcullis::policy
