// The weights of a component that are set while it runs.
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/router/adapters/weights/weights_file.h"
#include "services/router/app/router_component.h"

namespace portcullis::router {
namespace {

std::string TextOf(const TargetWeights& weights) {
  std::string text;
  for (const auto& [id, weight] : weights) text += base::StrCat(text.empty() ? "" : " ", id, "=", weight);
  return text;
}

}  // namespace

TargetWeights RouterComponent::ConfiguredWeights() const {
  TargetWeights weights;
  for (const TargetOptions& target : options_.targets) weights.emplace(target.id, target.weight);
  return weights;
}

// Who changes weights in the configuration means them: what was set before is over then.
void RouterComponent::TakeKeptWeights() {
  if (options_.weights_file.empty() || options_.strategy != Strategy::kWeightedRoundRobin) return;
  const absl::StatusOr<KeptWeights> kept = WeightsFile(options_.weights_file).Read();
  if (absl::IsNotFound(kept.status())) return;
  if (!kept.ok()) {
    return logger_.Warning("kept weights cannot be read; those of the configuration hold",
                           {{"reason", base::Message(kept.status())}});
  }
  if (kept->configured != weights_) {
    return logger_.Warning("the configuration has other weights than when some were set; it holds",
                           {{"set", TextOf(kept->weights)}, {"configured", TextOf(weights_)}});
  }
  UseWeights(kept->weights);
  logger_.Info("weights that were set before hold", {{"weights", TextOf(weights_)}});
}

absl::Status RouterComponent::SetWeights(const TargetWeights& weights, const OperatorCall& by) {
  if (options_.strategy != Strategy::kWeightedRoundRobin) {
    return absl::FailedPreconditionError(
        "the strategy does not go by weights: providers.strategy is not weighted_round_robin");
  }
  const std::lock_guard lock(weights_mutex_);
  TargetWeights all = weights_;
  for (const auto& [id, weight] : weights) {
    const auto found = all.find(id);
    if (found == all.end())
      return absl::InvalidArgumentError(base::StrCat("there is no target \"", id, "\""));
    if (!(weight > 0 && weight <= kMaxTargetWeight)) {
      return absl::InvalidArgumentError(
          base::StrCat("the weight of \"", id, "\" must be above 0 and at most ", kMaxTargetWeight));
    }
    found->second = weight;
  }
  if (!options_.weights_file.empty()) {
    RETURN_IF_ERROR(WeightsFile(options_.weights_file).Write({ConfiguredWeights(), all}));
  }
  UseWeights(all);
  logger_.Warning(
      "weights changed",
      {{"weights", TextOf(weights_)}, {"user", by.user}, {"address", by.address}, {"endpoint", by.endpoint}});
  return absl::OkStatus();
}

void RouterComponent::UseWeights(const TargetWeights& weights) {
  std::vector<double> in_order;
  for (const auto& target : targets_) {
    const auto set = weights.find(target->options().id);
    if (set != weights.end()) weights_[set->first] = set->second;
    in_order.push_back(weights_[target->options().id]);
  }
  routing_->SetWeights(std::move(in_order));
}

}  // namespace portcullis::router
