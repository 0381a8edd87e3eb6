#include "services/router/app/router_metrics.h"

namespace portcullis::router {

TargetInstruments MakeTargetInstruments(telemetry::Metrics& metrics, const std::string& target) {
  TargetInstruments instruments;
  for (size_t i = 0; i < kOutcomeCount; ++i) {
    const std::string outcome(OutcomeName(static_cast<Outcome>(i)));
    instruments.attempts[i] =
        &metrics.AddCounter(kUpstreamAttempts, {{"target", target}, {"outcome", outcome}});
  }
  const telemetry::Labels labels = {{"target", target}};
  instruments.retries = &metrics.AddCounter(kRetries, labels);
  instruments.in_flight = &metrics.AddGauge(kUpstreamInFlight, labels);
  instruments.healthy = &metrics.AddGauge(kTargetHealthy, labels);
  instruments.probe_duration = &metrics.AddHistogram(kProbeDuration, telemetry::LatencyBuckets(), labels);
  instruments.hedges_won = &metrics.AddCounter(kHedges, {{"target", target}, {"outcome", "won"}});
  instruments.hedges_lost = &metrics.AddCounter(kHedges, {{"target", target}, {"outcome", "lost"}});
  instruments.keys_refused = &metrics.AddCounter(kKeyCooldowns, {{"target", target}, {"reason", "refused"}});
  instruments.keys_limited = &metrics.AddCounter(kKeyCooldowns, {{"target", target}, {"reason", "limited"}});
  instruments.drained = &metrics.AddGauge(kTargetDrained, labels);
  return instruments;
}

RedisInstruments MakeRedisInstruments(telemetry::Metrics& metrics) {
  return {&metrics.AddGauge(kSharedStateUp), &metrics.AddCounter(kSharedStateErrors),
          &metrics.AddCounter(kSharedCooldowns, {{"direction", "told"}}),
          &metrics.AddCounter(kSharedCooldowns, {{"direction", "learned"}})};
}

RouterInstruments MakeRouterInstruments(telemetry::Metrics& metrics, const MirrorOptions& mirror) {
  RouterInstruments instruments;
  instruments.refused_retries = &metrics.AddCounter(kRefusedRetries);
  if (!mirror.enabled) return instruments;
  const auto counter = [&](const char* outcome) {
    return &metrics.AddCounter(kMirrored, {{"target", mirror.target}, {"outcome", outcome}});
  };
  instruments.mirror = {counter("ok"), counter("failed"), counter("skipped")};
  return instruments;
}

}  // namespace portcullis::router
