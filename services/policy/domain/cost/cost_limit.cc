#include "services/policy/domain/cost/cost_limit.h"

#include <cmath>

#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

uint64_t NanoUsd(double usd) { return static_cast<uint64_t>(std::llround(usd * 1e9)); }

}  // namespace

absl::StatusOr<std::unique_ptr<const CostLimitPolicy>> CostLimitPolicy::Create(
    const CostLimitOptions& options) {
  if (options.limits.empty() && !options.max_cost_usd) {
    return absl::InvalidArgumentError(
        base::StrCat(kCostLimitKind, ": give max_cost_usd, or limits with conditions"));
  }
  auto policy = std::make_unique<CostLimitPolicy>();
  for (const CostLimit& limit : options.limits) {
    PolicyControl control;
    control.when = limit.when;
    auto gate = Gate::Create(kCostLimitKind, control, FailMode::kBlock);
    if (!gate.ok()) return gate.status();
    policy->rows_.emplace_back(*std::move(gate), NanoUsd(limit.max_cost_usd));
  }
  if (options.max_cost_usd) policy->otherwise_ = NanoUsd(*options.max_cost_usd);
  return policy;
}

std::optional<uint64_t> CostLimitPolicy::LimitFor(const Circumstances& now) const {
  for (const auto& [gate, limit] : rows_) {
    if (gate->Runs(now, Direction::kInput)) return limit;
  }
  return otherwise_;
}

}  // namespace portcullis::policy
