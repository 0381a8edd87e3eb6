#include "services/policy/app/policy_component.h"

#include <atomic>
#include <chrono>
#include <map>
#include <string>

#include "libs/base/status_macros.h"
#include "services/policy/adapters/moderation/moderation_client.h"
#include "services/policy/app/moderation_instruments.h"
#include "services/policy/app/policy_metrics.h"
#include "services/policy/app/traced_policy.h"
#include "services/policy/domain/bundle.h"
#include "services/policy/domain/catalog/system_policies.h"
#include "services/policy/domain/engine.h"

namespace portcullis::policy {
namespace {

constexpr Action kActions[] = {Action::kAllow, Action::kRedact, Action::kEscalate, Action::kBlock};
constexpr Direction kBoth[] = {Direction::kInput, Direction::kOutput};

int64_t NowMicros(const base::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.Now().time_since_epoch()).count();
}

std::string DirectionName(Direction direction) { return direction == Direction::kInput ? "input" : "output"; }

}  // namespace

// The instruments of every policy, resolved beforehand, so that engines share it without a lock. A reload
// that brings new kinds puts a larger table in place of the one before, which stays: somebody may be reading
// it.
class PolicyComponent::MetricsProbe final : public Probe {
 public:
  explicit MetricsProbe(telemetry::Metrics& metrics) : metrics_(metrics) {
    for (const Direction direction : kBoth) {
      const telemetry::Labels labels = {{"direction", DirectionName(direction)}};
      scanned_[static_cast<size_t>(direction)] = &metrics.AddCounter(kPolicyScanned, labels);
      duration_[static_cast<size_t>(direction)] =
          &metrics.AddHistogram(kPolicyDuration, telemetry::OverheadBuckets(), labels);
    }
  }

  // Before a bundle with these kinds is published. One call at a time.
  void Expect(const std::vector<std::string>& chain) {
    auto table = tables_.empty() ? std::make_unique<Table>() : std::make_unique<Table>(*tables_.back());
    const size_t before = table->size();
    for (const std::string& policy : chain) {
      if (table->count(policy) == 0) table->emplace(policy, CountersOf(policy));
    }
    if (table->size() == before) return;
    tables_.push_back(std::move(table));
    current_.store(tables_.back().get(), std::memory_order_release);
  }

  void OnDecision(std::string_view policy, Action action) override {
    if (const Counters* counters = Find(policy)) counters->did[static_cast<size_t>(action)]->Add();
  }

  void OnObserved(std::string_view policy, Action action) override {
    const Counters* counters = Find(policy);
    if (counters == nullptr) return;
    const auto& row = action == Action::kAllow ? counters->did : counters->would;
    row[static_cast<size_t>(action)]->Add();
  }

  void OnFailure(std::string_view policy, bool blocked) override {
    if (const Counters* counters = Find(policy)) counters->failed[blocked ? 1 : 0]->Add();
  }

  void OnScanned(Direction direction, uint64_t bytes) override {
    scanned_[static_cast<size_t>(direction)]->Add(static_cast<double>(bytes));
  }

  void OnCheckDuration(Direction direction, base::Duration duration) override {
    duration_[static_cast<size_t>(direction)]->Observe(std::chrono::duration<double>(duration).count());
  }

 private:
  struct Counters {
    telemetry::Counter* did[std::size(kActions)] = {};
    telemetry::Counter* would[std::size(kActions)] = {};
    telemetry::Counter* failed[2] = {};  // let pass, refused
  };
  using Table = std::map<std::string, Counters, std::less<>>;

  Counters CountersOf(const std::string& policy) {
    Counters counters;
    for (const Action action : kActions) {
      const auto index = static_cast<size_t>(action);
      const std::string name(ActionName(action));
      counters.did[index] = &metrics_.AddCounter(kPolicyDecisions, {{"policy", policy}, {"action", name}});
      if (action == Action::kAllow) continue;
      counters.would[index] =
          &metrics_.AddCounter(kPolicyDecisions, {{"policy", policy}, {"action", "would_" + name}});
    }
    for (const bool blocked : {false, true}) {
      counters.failed[blocked ? 1 : 0] = &metrics_.AddCounter(
          kPolicyFailures, {{"policy", policy}, {"fail_mode", blocked ? "block" : "allow"}});
    }
    return counters;
  }

  const Counters* Find(std::string_view policy) const {
    const Table* table = current_.load(std::memory_order_acquire);
    if (table == nullptr) return nullptr;
    const auto found = table->find(policy);
    return found == table->end() ? nullptr : &found->second;
  }

  telemetry::Metrics& metrics_;
  std::vector<std::unique_ptr<const Table>> tables_;
  std::atomic<const Table*> current_{nullptr};
  telemetry::Counter* scanned_[std::size(kBoth)] = {};
  telemetry::Histogram* duration_[std::size(kBoth)] = {};
};

PolicyComponent::PolicyComponent(std::shared_ptr<const Bundle> bundle, const ChainOptions& options,
                                 const base::Clock& clock, telemetry::Metrics& metrics,
                                 telemetry::Logger& logger)
    : metrics_(metrics),
      logger_(logger),
      clock_(clock),
      bundles_(bundle),
      chain_(std::move(bundle)),
      options_(options),
      since_us_(NowMicros(clock)),
      probe_(std::make_unique<MetricsProbe>(metrics)),
      moderation_instruments_(std::make_unique<ModerationInstruments>(metrics)) {}
PolicyComponent::~PolicyComponent() = default;

absl::StatusOr<std::unique_ptr<PolicyComponent>> PolicyComponent::Create(
    const ChainOptions& options, int instances, const base::Clock& clock, telemetry::Metrics& metrics,
    telemetry::Logger& logger, runtime::WorkerPool* workers, telemetry::Tracing tracing) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Bundle> bundle, Bundle::Compile(options));
  std::unique_ptr<PolicyComponent> component(new PolicyComponent(bundle, options, clock, metrics, logger));
  component->Announce(*bundle, options);
  ModerationMeter& meter = *component->moderation_instruments_;
  auto& ports = component->moderation_;
  if (workers == nullptr) ports.push_back(std::make_unique<ModerationThread>(clock, meter));
  for (int i = 0; i < instances; ++i) {
    if (workers != nullptr) {
      ports.push_back(
          std::make_unique<ModerationClient>((*workers)[static_cast<size_t>(i)].io(), clock, meter));
    }
    std::unique_ptr<PolicyApi> engine =
        std::make_unique<Engine>(&component->bundles_, &clock, component->probe_.get(), ports.back().get());
    if (tracing.tracer != nullptr) engine = std::make_unique<TracedPolicy>(std::move(engine), clock, tracing);
    component->engines_.push_back(std::move(engine));
  }
  return component;
}

absl::Status PolicyComponent::Check(const ChainOptions& options) { return Bundle::Compile(options).status(); }

absl::Status PolicyComponent::Reload(const ChainOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<const Bundle> bundle, Bundle::Compile(options));
  const std::lock_guard lock(mutex_);
  if (chain_->hash() == bundle->hash()) return absl::OkStatus();
  Announce(*bundle, options);
  metrics_.AddGauge(kPolicyBundle, {{"bundle", chain_->hash()}}).Set(0);
  chain_ = std::move(bundle);
  options_ = options;
  since_us_ = NowMicros(clock_);
  Publish();
  return absl::OkStatus();
}

void PolicyComponent::SetCatalog(CatalogRules rules) {
  const std::lock_guard lock(mutex_);
  if (!rules.empty()) probe_->Expect({std::string(kStaticPolicy), std::string(kDynamicPolicy)});
  rules_ = std::move(rules);
  Publish();
}

void PolicyComponent::Publish() {
  bundles_.Publish(rules_.empty() ? chain_ : Bundle::WithCatalog(*chain_, rules_));
}

std::vector<CatalogPolicy> PolicyComponent::SystemPolicies() const {
  const std::lock_guard lock(mutex_);
  return policy::SystemPolicies(options_, since_us_);
}

// What must be there before the first request that `bundle` checks.
void PolicyComponent::Announce(const Bundle& bundle, const ChainOptions& options) {
  logger_.Info("policy chain compiled", {{"bundle", bundle.hash()}, {"policies", options.chain.size()}});
  metrics_.AddGauge(kPolicyBundle, {{"bundle", bundle.hash()}}).Set(1);
  probe_->Expect(options.chain);
  if (bundle.moderation() != nullptr)
    moderation_instruments_->Expect(options.external_moderation.service.provider);
}

PolicyApi& PolicyComponent::ApiFor(int index) { return *engines_[static_cast<size_t>(index)]; }

}  // namespace portcullis::policy
