// What can be known of routing before a request comes: which names lead to which targets, and in what order
// they are taken. Made once, read by every worker; of what changes while requests run only the weights are
// here, the rest is in TargetSelector.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "libs/base/published.h"
#include "services/router/domain/router_options.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

// Some targets and the order in which the strategy takes them.
struct TargetPool {
  static constexpr size_t kCostSteps = 64;

  uint32_t id = 0;                // its place in RoutingTable::pools()
  std::vector<uint32_t> members;  // indices in the TargetTable, as listed
  // cost: `members` by rising price, for a share of completion tokens of 0/64, 1/64, ... 64/64. Targets
  // without a price come last.
  std::vector<std::vector<uint32_t>> by_cost;
  const TargetPool* fallback = nullptr;  // whose members come after these
};

// Where a name leads.
struct Route {
  const TargetPool* pool = nullptr;
  // The other targets come after the pool's, as listed.
  bool others_follow = false;
};

// weighted_round_robin: the weights, and for each pool the order that follows from them.
struct Weighting {
  std::vector<double> weights;                   // of the targets
  std::vector<std::vector<uint32_t>> schedules;  // by TargetPool::id: places in its members
};

// Immutable but for the weights; thread-safe. `targets` must outlive it.
class RoutingTable {
 public:
  // Names that lead nowhere (an unknown id in a group) are left out: the configuration reports them. A name
  // that is used twice leads to a target, else to a group, else to the targets of that model.
  RoutingTable(const RouterOptions& options, const TargetTable& targets);
  RoutingTable(const RoutingTable&) = delete;
  RoutingTable& operator=(const RoutingTable&) = delete;

  // The targets for what a client asks as its model:
  //   - a target's id: that one alone;
  //   - the name or an alias of a group: the group's, then those of its fallback groups;
  //   - the model of some targets: those, then the others;
  //   - anything else: all.
  Route Find(std::string_view model) const;

  // The experiment that a request for `model` takes part in, or null: names of targets and groups are asked
  // for themselves.
  const AbTestOptions* Experiment(std::string_view model) const;
  uint32_t VariantTarget(size_t variant) const { return variants_[variant]; }

  // All targets now, with the names of their groups.
  std::vector<TargetStatus> Statuses(base::MonotonicTime now) const;

  // From the next call on: weights of all targets, above 0. Only with weighted_round_robin.
  void SetWeights(std::vector<double> weights);

  const base::Published<Weighting>& weighting() const { return weighting_; }

  const RouterOptions& options() const { return options_; }
  const TargetTable& targets() const { return targets_; }
  const std::vector<std::unique_ptr<TargetPool>>& pools() const { return pools_; }
  const TargetPool& all() const { return *pools_.front(); }

 private:
  using Names = absl::flat_hash_map<std::string, const TargetPool*>;

  TargetPool& AddPool(std::vector<uint32_t> members);
  void AddGroups(const absl::flat_hash_map<std::string, uint32_t>& ids);

  const RouterOptions& options_;
  const TargetTable& targets_;
  std::vector<std::unique_ptr<TargetPool>> pools_;  // the first holds all that serve clients
  Names targets_by_id_;
  Names groups_;
  Names models_;
  std::vector<uint32_t> variants_;                   // of options_.ab_test, those that exist
  std::vector<std::vector<std::string>> groups_of_;  // names and aliases, by target
  base::Published<Weighting> weighting_;
};

}  // namespace portcullis::router
