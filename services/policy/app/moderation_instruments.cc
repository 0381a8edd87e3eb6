#include "services/policy/app/moderation_instruments.h"

#include <chrono>
#include <string>

#include "services/policy/app/policy_metrics.h"

namespace portcullis::policy {

void ModerationInstruments::Expect(ModerationProvider provider) {
  const auto index = static_cast<size_t>(provider);
  if (owned_[index] != nullptr) return;
  const std::string name(kModerationProviderNames[index]);
  auto set = std::make_unique<Set>();
  for (size_t i = 0; i < set->calls.size(); ++i) {
    set->calls[i] = &metrics_.AddCounter(
        kModerationCalls, {{"provider", name}, {"outcome", std::string(kModerationOutcomeNames[i])}});
  }
  set->cache[0] = &metrics_.AddCounter(kModerationCache, {{"provider", name}, {"result", "miss"}});
  set->cache[1] = &metrics_.AddCounter(kModerationCache, {{"provider", name}, {"result", "hit"}});
  set->duration =
      &metrics_.AddHistogram(kModerationDuration, telemetry::LatencyBuckets(), {{"provider", name}});
  sets_[index].store(set.get(), std::memory_order_release);
  owned_[index] = std::move(set);
}

void ModerationInstruments::OnCall(ModerationProvider provider, ModerationOutcome outcome,
                                   base::Duration duration) {
  const Set* set = Find(provider);
  if (set == nullptr) return;
  set->calls[static_cast<size_t>(outcome)]->Add();
  set->duration->Observe(std::chrono::duration<double>(duration).count());
}

void ModerationInstruments::OnCache(ModerationProvider provider, bool hit) {
  if (const Set* set = Find(provider)) set->cache[hit ? 1 : 0]->Add();
}

}  // namespace portcullis::policy
