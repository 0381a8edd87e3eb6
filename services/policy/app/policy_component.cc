#include "services/policy/app/policy_component.h"

#include <chrono>
#include <map>
#include <string>

#include "libs/base/status_macros.h"
#include "services/policy/app/policy_metrics.h"
#include "services/policy/domain/bundle.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

constexpr Action kActions[] = {Action::kAllow, Action::kRedact, Action::kEscalate, Action::kBlock};
constexpr Direction kBoth[] = {Direction::kInput, Direction::kOutput};

std::string DirectionName(Direction direction) { return direction == Direction::kInput ? "input" : "output"; }

}  // namespace

// The instruments of every policy of the chain, resolved beforehand, so that engines share it without a lock.
class PolicyComponent::MetricsProbe final : public Probe {
 public:
  MetricsProbe(const std::vector<std::string>& chain, telemetry::Metrics& metrics) {
    for (const std::string& policy : chain) {
      for (const Action action : kActions) {
        decisions_[policy].by_action[static_cast<size_t>(action)] = &metrics.AddCounter(
            kPolicyDecisions, {{"policy", policy}, {"action", std::string(ActionName(action))}});
      }
    }
    for (const Direction direction : kBoth) {
      const telemetry::Labels labels = {{"direction", DirectionName(direction)}};
      scanned_[static_cast<size_t>(direction)] = &metrics.AddCounter(kPolicyScanned, labels);
      duration_[static_cast<size_t>(direction)] =
          &metrics.AddHistogram(kPolicyDuration, telemetry::OverheadBuckets(), labels);
    }
  }

  void OnDecision(std::string_view policy, Action action) override {
    const auto found = decisions_.find(policy);
    if (found != decisions_.end()) found->second.by_action[static_cast<size_t>(action)]->Add();
  }

  void OnScanned(Direction direction, uint64_t bytes) override {
    scanned_[static_cast<size_t>(direction)]->Add(static_cast<double>(bytes));
  }

  void OnCheckDuration(Direction direction, base::Duration duration) override {
    duration_[static_cast<size_t>(direction)]->Observe(std::chrono::duration<double>(duration).count());
  }

 private:
  struct Counters {
    telemetry::Counter* by_action[std::size(kActions)] = {};
  };

  std::map<std::string, Counters, std::less<>> decisions_;
  telemetry::Counter* scanned_[std::size(kBoth)] = {};
  telemetry::Histogram* duration_[std::size(kBoth)] = {};
};

PolicyComponent::PolicyComponent(std::shared_ptr<const Bundle> bundle) : bundles_(std::move(bundle)) {}
PolicyComponent::~PolicyComponent() = default;

absl::StatusOr<std::unique_ptr<PolicyComponent>> PolicyComponent::Create(const ChainOptions& options, int instances,
                                                                         const base::Clock& clock,
                                                                         telemetry::Metrics& metrics,
                                                                         telemetry::Logger& logger) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Bundle> bundle, Bundle::Compile(options));
  logger.Info("policy chain compiled", {{"bundle", bundle->hash()}, {"policies", options.chain.size()}});
  metrics.AddGauge(kPolicyBundle, {{"bundle", bundle->hash()}}).Set(1);
  std::unique_ptr<PolicyComponent> component(new PolicyComponent(std::move(bundle)));
  component->probe_ = std::make_unique<MetricsProbe>(options.chain, metrics);
  for (int i = 0; i < instances; ++i) {
    component->engines_.push_back(std::make_unique<Engine>(&component->bundles_, &clock, component->probe_.get()));
  }
  return component;
}

PolicyApi& PolicyComponent::ApiFor(int index) { return *engines_[static_cast<size_t>(index)]; }

}  // namespace portcullis::policy
