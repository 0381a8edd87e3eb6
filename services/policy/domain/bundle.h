// A compiled policy chain.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/control/gate.h"
#include "services/policy/domain/cost/cost_limit.h"
#include "services/policy/domain/direction.h"
#include "services/policy/domain/injection/injection_policy.h"
#include "services/policy/domain/match_policy.h"
#include "services/policy/domain/moderation/moderation_policy.h"
#include "services/policy/domain/quality/quality_policy.h"
#include "services/policy/domain/scan/prefilter.h"

namespace portcullis::policy {

// One policy of the chain as it works on one direction.
struct Stage {
  uint8_t lane = 0;                    // in the prefilter, and place in the order of stages
  const MatchPolicy* match = nullptr;  // one of the two is set
  const InjectionPolicy* injection = nullptr;
  const Gate* gate = nullptr;  // what was said of the policy besides its own options; null = nothing

  std::string_view kind() const { return match != nullptr ? match->kind() : kPromptInjection; }
};

// Immutable, shared by all threads. Compiling takes some 100 ms and belongs off the workers.
class Bundle {
 public:
  // INVALID_ARGUMENT: names the policy, the option and what is wrong with it. INTERNAL: Vectorscan or ICU
  // failed.
  static absl::StatusOr<std::shared_ptr<const Bundle>> Compile(const ChainOptions& options);

  // SHA-256 over options and built-in rules, 64 hex digits: equal bundles decide equally.
  const std::string& hash() const { return hash_; }

  const PolicyLimits& limits() const { return options_.limits; }
  const text::FoldTable& fold() const { return *fold_; }

  // Scores whole answers; null if the chain does not name it. Its gate: null = nothing was said.
  const QualityPolicy* quality() const { return quality_.get(); }
  const Gate* quality_gate() const { return quality_gate_; }

  // What requests may cost; null if the chain does not name it.
  const CostLimitPolicy* cost_limit() const { return cost_limit_.get(); }

  // Asks a service outside; null if the chain does not name it.
  const std::shared_ptr<const ModerationPolicy>& moderation() const { return moderation_; }

  // The policies that examine text of this direction, in chain order.
  const std::vector<Stage>& stages(Direction direction) const {
    return stages_[static_cast<size_t>(direction)];
  }
  // Whether some stage of this direction has a gate.
  bool gated(Direction direction) const { return gated_[static_cast<size_t>(direction)]; }

  const Prefilter& prefilter(Direction direction) const {
    return *prefilters_[static_cast<size_t>(direction)];
  }

 private:
  explicit Bundle(const ChainOptions& options) : options_(options) {}

  absl::Status BuildFolds();
  absl::Status AddPolicy(const std::string& kind);
  absl::Status AddInjection();
  absl::Status AddMatches(absl::StatusOr<std::unique_ptr<const MatchPolicy>> policy);
  absl::Status AddGates();
  absl::Status BuildPrefilters();

  ChainOptions options_;
  std::string hash_;
  std::shared_ptr<const text::FoldTable> fold_;            // of pii-detector and safety-filter
  std::shared_ptr<const text::FoldTable> injection_fold_;  // the same, or as prompt-injection's options ask
  std::vector<std::unique_ptr<const MatchPolicy>> matches_;
  std::unique_ptr<const InjectionPolicy> injection_;
  std::vector<std::unique_ptr<const Gate>> gates_;
  std::unique_ptr<const QualityPolicy> quality_;
  const Gate* quality_gate_ = nullptr;
  std::unique_ptr<const CostLimitPolicy> cost_limit_;
  std::shared_ptr<const ModerationPolicy> moderation_;
  std::vector<Stage> stages_[kDirections];
  bool gated_[kDirections] = {};
  std::unique_ptr<const Prefilter> prefilters_[kDirections];
};

}  // namespace portcullis::policy
