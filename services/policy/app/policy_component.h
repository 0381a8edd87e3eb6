// The policy service of a process: one compiled bundle, with the policies of tenants, and an engine for each
// worker.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/runtime/worker.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/api/tracer.h"
#include "services/policy/api/catalog_api.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/bundle_source.h"
#include "services/policy/domain/catalog/catalog_rules.h"
#include "services/policy/domain/chain_options.h"
#include "services/policy/domain/moderation/moderation_port.h"

namespace portcullis::policy {

class ModerationInstruments;

class PolicyComponent {
 public:
  // Compiles the chain; some 100 ms. INVALID_ARGUMENT names the policy and the option that is wrong. With
  // `workers`, one for each instance, which outlive this and must have stopped before it is destroyed,
  // services outside are asked from their event loops; else from a thread of the component's own, where late
  // answers then come.
  static absl::StatusOr<std::unique_ptr<PolicyComponent>> Create(
      const ChainOptions& options, int instances, const base::Clock& clock, telemetry::Metrics& metrics,
      telemetry::Logger& logger, runtime::WorkerPool* workers = nullptr, telemetry::Tracing tracing = {});
  ~PolicyComponent();

  // Whether the chain compiles. Errors as Create.
  static absl::Status Check(const ChainOptions& options);

  // Compiles another chain and goes over to it: requests that begin from now on are checked by it, those
  // under way end with the one they began with. Errors as Create, and then nothing changes. Off the workers;
  // one call at a time.
  absl::Status Reload(const ChainOptions& options);

  // Goes over to these policies of tenants, as a reload does to a chain; at once. Thread-safe.
  void SetCatalog(CatalogRules rules);

  // The chain in effect as policies of the tier "system". Thread-safe.
  std::vector<CatalogPolicy> SystemPolicies() const;

  // The API of one worker, 0 <= index < instances. Each is used by one thread at a time.
  PolicyApi& ApiFor(int index);

 private:
  class MetricsProbe;

  PolicyComponent(std::shared_ptr<const Bundle> bundle, const ChainOptions& options, const base::Clock& clock,
                  telemetry::Metrics& metrics, telemetry::Logger& logger);
  void Announce(const Bundle& bundle, const ChainOptions& options);
  void Publish();

  telemetry::Metrics& metrics_;
  telemetry::Logger& logger_;
  const base::Clock& clock_;
  BundleSource bundles_;
  mutable std::mutex mutex_;  // guards what follows, and publishing
  std::shared_ptr<const Bundle> chain_;
  ChainOptions options_;
  int64_t since_us_ = 0;  // when the chain came into effect
  CatalogRules rules_;

  std::unique_ptr<MetricsProbe> probe_;
  std::unique_ptr<ModerationInstruments> moderation_instruments_;
  std::vector<std::unique_ptr<ModerationPort>> moderation_;
  std::vector<std::unique_ptr<PolicyApi>> engines_;
};

}  // namespace portcullis::policy
