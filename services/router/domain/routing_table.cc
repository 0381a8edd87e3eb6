#include "services/router/domain/routing_table.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "services/router/domain/pricing/price_table.h"
#include "services/router/domain/weighted_schedule.h"

namespace portcullis::router {
namespace {

// `members` by their price for a request of which `completion` is the share of answered tokens.
std::vector<uint32_t> ByCost(const std::vector<uint32_t>& members, const TargetTable& targets,
                             double completion) {
  std::vector<std::pair<double, uint32_t>> priced;
  for (const uint32_t member : members) {
    const TargetOptions& target = targets[member]->options();
    const auto pricing = target.pricing ? target.pricing : FindListPrice(target.provider, target.model);
    const double price = pricing ? pricing->prompt * (1 - completion) + pricing->completion * completion
                                 : std::numeric_limits<double>::infinity();
    priced.emplace_back(price, member);
  }
  std::stable_sort(priced.begin(), priced.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<uint32_t> order;
  for (const auto& entry : priced) order.push_back(entry.second);
  return order;
}

}  // namespace

RoutingTable::RoutingTable(const RouterOptions& options, const TargetTable& targets)
    : options_(options),
      targets_(targets),
      groups_of_(targets.size()),
      weighting_(std::make_shared<const Weighting>()) {
  absl::flat_hash_map<std::string, uint32_t> ids;
  std::map<std::string, std::vector<uint32_t>> models;
  std::vector<uint32_t> serving;
  const std::string& shadow = options.mirror.target;
  for (uint32_t i = 0; i < targets.size(); ++i) {
    const TargetOptions& target = targets[i]->options();
    ids.emplace(target.id, i);
    if (options.mirror.enabled && target.id == shadow) continue;
    serving.push_back(i);
    if (!target.passthrough_model) models[target.model].push_back(i);
  }
  AddPool(std::move(serving));
  for (const auto& [id, index] : ids) targets_by_id_.emplace(id, &AddPool({index}));
  for (auto& [model, members] : models) models_.emplace(model, &AddPool(std::move(members)));
  AddGroups(ids);
  for (const AbVariant& variant : options.ab_test.variants) {
    const auto found = ids.find(variant.target);
    variants_.push_back(found == ids.end() ? UINT32_MAX : found->second);
  }
  std::vector<double> weights;
  for (const auto& target : targets) weights.push_back(target->options().weight);
  SetWeights(std::move(weights));
}

void RoutingTable::SetWeights(std::vector<double> weights) {
  auto weighting = std::make_shared<Weighting>();
  if (options_.strategy == Strategy::kWeightedRoundRobin) {
    for (const auto& pool : pools_) {
      std::vector<double> of_pool;
      for (const uint32_t member : pool->members) of_pool.push_back(weights[member]);
      weighting->schedules.push_back(WeightedSchedule(of_pool));
    }
  }
  weighting->weights = std::move(weights);
  weighting_.Publish(std::move(weighting));
}

TargetPool& RoutingTable::AddPool(std::vector<uint32_t> members) {
  TargetPool& pool = *pools_.emplace_back(std::make_unique<TargetPool>());
  pool.id = static_cast<uint32_t>(pools_.size() - 1);
  pool.members = std::move(members);
  if (options_.strategy == Strategy::kCost) {
    for (size_t step = 0; step <= TargetPool::kCostSteps; ++step) {
      const double share = static_cast<double>(step) / TargetPool::kCostSteps;
      pool.by_cost.push_back(ByCost(pool.members, targets_, share));
    }
  }
  return pool;
}

void RoutingTable::AddGroups(const absl::flat_hash_map<std::string, uint32_t>& ids) {
  absl::flat_hash_map<std::string, TargetPool*> by_name;
  for (const ModelGroup& group : options_.groups) {
    std::vector<uint32_t> members;
    for (const std::string& id : group.targets) {
      if (const auto found = ids.find(id); found != ids.end()) members.push_back(found->second);
    }
    for (const uint32_t member : members) {
      std::vector<std::string>& names = groups_of_[member];
      names.push_back(group.name);
      names.insert(names.end(), group.aliases.begin(), group.aliases.end());
    }
    TargetPool& pool = AddPool(std::move(members));
    by_name.emplace(group.name, &pool);
    groups_.emplace(group.name, &pool);
    for (const std::string& alias : group.aliases) groups_.emplace(alias, &pool);
  }
  for (const ModelGroup& group : options_.groups) {
    const auto found = by_name.find(group.fallback_group);
    if (found != by_name.end()) by_name[group.name]->fallback = found->second;
  }
}

Route RoutingTable::Find(std::string_view model) const {
  if (!model.empty()) {
    const absl::string_view name(model.data(), model.size());
    if (const auto found = targets_by_id_.find(name); found != targets_by_id_.end()) {
      return {found->second, false};
    }
    if (const auto found = groups_.find(name); found != groups_.end()) return {found->second, false};
    if (const auto found = models_.find(name); found != models_.end()) return {found->second, true};
  }
  return {&all(), false};
}

std::vector<TargetStatus> RoutingTable::Statuses(base::MonotonicTime now) const {
  std::vector<TargetStatus> statuses;
  statuses.reserve(targets_.size());
  const std::shared_ptr<const Weighting> weighting = weighting_.Current();
  for (size_t i = 0; i < targets_.size(); ++i) {
    statuses.push_back(targets_[i]->Status(now));
    statuses.back().groups = groups_of_[i];
    statuses.back().weight = weighting->weights[i];
  }
  return statuses;
}

const AbTestOptions* RoutingTable::Experiment(std::string_view model) const {
  if (!options_.ab_test.enabled) return nullptr;
  const absl::string_view name(model.data(), model.size());
  if (targets_by_id_.contains(name) || groups_.contains(name)) return nullptr;
  return &options_.ab_test;
}

}  // namespace portcullis::router
