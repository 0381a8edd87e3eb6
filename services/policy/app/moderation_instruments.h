// The metrics of external-moderation, by provider.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "libs/telemetry/api/metrics.h"
#include "services/policy/adapters/moderation/moderation_client.h"

namespace portcullis::policy {

// Thread-safe; calls of providers that were not expected are not counted.
class ModerationInstruments final : public ModerationMeter {
 public:
  explicit ModerationInstruments(telemetry::Metrics& metrics) : metrics_(metrics) {}

  // Before a bundle that asks this provider is published. One call at a time.
  void Expect(ModerationProvider provider);

  void OnCall(ModerationProvider provider, ModerationOutcome outcome, base::Duration duration) override;
  void OnCache(ModerationProvider provider, bool hit) override;

 private:
  struct Set {
    std::array<telemetry::Counter*, std::size(kModerationOutcomeNames)> calls{};
    std::array<telemetry::Counter*, 2> cache{};  // miss, hit
    telemetry::Histogram* duration = nullptr;
  };
  const Set* Find(ModerationProvider provider) const {
    return sets_[static_cast<size_t>(provider)].load(std::memory_order_acquire);
  }

  telemetry::Metrics& metrics_;
  std::array<std::unique_ptr<const Set>, kModerationProviderNames.size()> owned_;
  std::array<std::atomic<const Set*>, kModerationProviderNames.size()> sets_{};
};

}  // namespace portcullis::policy
