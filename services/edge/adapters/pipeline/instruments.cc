#include "services/edge/adapters/pipeline/pipeline.h"
#include "services/edge/domain/edge_metrics.h"

namespace portcullis::edge {

EdgeInstruments::EdgeInstruments(telemetry::Metrics& metrics)
    : forwarded_input(metrics.AddCounter(kForwardedText, {{"direction", "input"}})),
      forwarded_output(metrics.AddCounter(kForwardedText, {{"direction", "output"}})),
      unscanned_input(metrics.AddCounter(kUnscannedText, {{"direction", "input"}})),
      unscanned_output(metrics.AddCounter(kUnscannedText, {{"direction", "output"}})),
      policy_reopened(metrics.AddCounter(kPolicyReopened)),
      held_bytes(metrics.AddHistogram(kHeldBytes, telemetry::SizeBuckets())),
      in_flight(metrics.AddGauge(kInFlight)),
      captured_input(metrics, "input"),
      captured_output(metrics, "output"),
      metrics_(metrics) {}

EdgeInstruments::PerEndpoint& EdgeInstruments::Endpoint(std::string_view endpoint) {
  if (auto found = endpoints_.find(endpoint); found != endpoints_.end()) return found->second;
  const telemetry::Labels labels = {{"endpoint", std::string(endpoint)}};
  const PerEndpoint made = {
      &metrics_.AddHistogram(kRequestDuration, telemetry::LatencyBuckets(), labels),
      &metrics_.AddHistogram(kOverhead, telemetry::OverheadBuckets(), labels),
      &metrics_.AddHistogram(kTimeToFirstToken, telemetry::LatencyBuckets(), labels),
      &metrics_.AddHistogram(kInterToken, telemetry::LatencyBuckets(), labels),
  };
  return endpoints_.emplace(endpoint, made).first->second;
}

EdgeInstruments::PerTarget& EdgeInstruments::Target(std::string_view target) {
  if (auto found = targets_.find(target); found != targets_.end()) return found->second;
  const std::string name(target);
  const PerTarget made = {
      &metrics_.AddCounter(kTokensTotal, {{"target", name}, {"direction", "prompt"}}),
      &metrics_.AddCounter(kTokensTotal, {{"target", name}, {"direction", "completion"}}),
      &metrics_.AddCounter(kCostTotal, {{"target", name}}),
      &metrics_.AddCounter(kCostUnknown, {{"target", name}}),
  };
  return targets_.emplace(target, made).first->second;
}

telemetry::Histogram& EdgeInstruments::Quality(std::string_view target) {
  static const std::vector<double> kScores = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1};
  telemetry::Histogram*& quality = Target(target).quality;
  if (quality == nullptr)
    quality = &metrics_.AddHistogram(kQualityScore, kScores, {{"target", std::string(target)}});
  return *quality;
}

telemetry::Counter& EdgeInstruments::AskedAgain(std::string_view target, bool answered) {
  return metrics_.AddCounter(kAskedAgain,
                             {{"target", std::string(target)}, {"result", answered ? "answered" : "failed"}});
}

telemetry::Counter& EdgeInstruments::Requests(std::string_view endpoint, int status,
                                              std::string_view verdict) {
  const auto key = std::make_tuple(std::string(endpoint), status, std::string(verdict));
  telemetry::Counter*& counter = requests_[key];
  if (counter == nullptr) {
    counter = &metrics_.AddCounter(kRequestsTotal, {{"endpoint", std::string(endpoint)},
                                                    {"status", std::to_string(status)},
                                                    {"verdict", std::string(verdict)}});
  }
  return *counter;
}

telemetry::Counter& EdgeInstruments::AuditFailures(bool blocked) {
  return metrics_.AddCounter(kAuditFailures, {{"result", blocked ? "blocked" : "allowed"}});
}

telemetry::Counter& EdgeInstruments::Departures(std::string_view phase) {
  return metrics_.AddCounter(kDepartures, {{"phase", std::string(phase)}});
}

}  // namespace portcullis::edge
