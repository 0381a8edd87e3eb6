// A compiled policy chain.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/policy/domain/catalog/catalog_rules.h"
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
  uint8_t lane = 0;                    // in the prefilter; grows with the order of stages
  const MatchPolicy* match = nullptr;  // one of the two is set
  const InjectionPolicy* injection = nullptr;
  const Gate* gate = nullptr;  // what was said of the policy besides its own options; null = nothing
  bool always = false;         // acts on a request as a whole, whatever its text

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
  // One more than the last stage's lane.
  size_t lanes(Direction direction) const {
    return stages(direction).empty() ? 0 : stages(direction).back().lane + 1u;
  }
  // Whether some stage of this direction has a gate.
  bool gated(Direction direction) const { return gated_[static_cast<size_t>(direction)]; }

  const Prefilter& prefilter(Direction direction) const {
    return *prefilters_[static_cast<size_t>(direction)];
  }

  // The same chain, and for each of these tenants its own policies after it. Compiles nothing.
  static std::shared_ptr<const Bundle> WithCatalog(const Bundle& chain, const CatalogRules& rules);

  // The bundle of a tenant that has policies of its own, else null.
  const std::shared_ptr<const Bundle>* ForTenant(std::string_view tenant) const {
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() ? nullptr : &found->second;
  }
  bool has_tenants() const { return !tenants_.empty(); }

  // A tenant's own policies; null in the bundle of the chain alone.
  const TenantRules* tenant_rules() const { return tenant_rules_.get(); }

 private:
  explicit Bundle(const ChainOptions& options) : options_(options) {}
  Bundle(const Bundle&) = default;  // shares what is compiled

  absl::Status BuildFolds();
  absl::Status AddPolicy(const std::string& kind);
  absl::Status AddInjection();
  absl::Status AddPii();
  absl::Status AddMatches(absl::StatusOr<std::unique_ptr<const MatchPolicy>> policy);
  absl::Status AddGates();
  absl::Status BuildPrefilters();
  void AddTenant(std::shared_ptr<const TenantRules> rules);

  ChainOptions options_;
  std::string hash_;
  std::shared_ptr<const text::FoldTable> fold_;            // of pii-detector and safety-filter
  std::shared_ptr<const text::FoldTable> injection_fold_;  // the same, or as prompt-injection's options ask
  std::vector<std::shared_ptr<const MatchPolicy>> matches_;
  std::shared_ptr<const InjectionPolicy> injection_;
  std::vector<std::shared_ptr<const Gate>> gates_;
  std::shared_ptr<const QualityPolicy> quality_;
  const Gate* quality_gate_ = nullptr;
  std::shared_ptr<const CostLimitPolicy> cost_limit_;
  std::shared_ptr<const ModerationPolicy> moderation_;
  std::vector<Stage> stages_[kDirections];
  bool gated_[kDirections] = {};
  std::shared_ptr<const Prefilter> prefilters_[kDirections];
  std::shared_ptr<const TenantRules> tenant_rules_;
  std::map<std::string, std::shared_ptr<const Bundle>, std::less<>> tenants_;
};

}  // namespace portcullis::policy
