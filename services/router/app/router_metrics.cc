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
  return instruments;
}

}  // namespace portcullis::router
