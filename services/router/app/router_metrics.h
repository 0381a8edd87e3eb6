// The router's metrics.
#pragma once

#include <string>

#include "libs/telemetry/api/metrics.h"
#include "services/router/domain/target_state.h"

namespace portcullis::router {

inline constexpr telemetry::MetricDescription kTargetHealthy{
    "portcullis_target_healthy", telemetry::MetricType::kGauge,
    "1 while a target has its key and its health probes succeed (or it is not probed), else 0.", "target"};
inline constexpr telemetry::MetricDescription kProbeDuration{
    "portcullis_probe_duration_seconds", telemetry::MetricType::kHistogram,
    "Duration of the health probes of a target.", "target"};
inline constexpr telemetry::MetricDescription kCircuitState{
    "portcullis_circuit_state", telemetry::MetricType::kGauge,
    "State of a target's circuit breaker: 0 closed, 1 half-open, 2 open.", "target"};
inline constexpr telemetry::MetricDescription kCircuitTransitions{
    "portcullis_circuit_transitions_total", telemetry::MetricType::kCounter,
    "Changes of a target's circuit breaker from one state to another.", "target,from,to"};
inline constexpr telemetry::MetricDescription kUpstreamAttempts{
    "portcullis_upstream_attempts_total", telemetry::MetricType::kCounter,
    "Attempts made at a target, by how they ended.", "target,outcome"};
inline constexpr telemetry::MetricDescription kRetries{
    "portcullis_retries_total", telemetry::MetricType::kCounter,
    "Attempts at a target that repeat a failed one of the same call.", "target"};
inline constexpr telemetry::MetricDescription kUpstreamInFlight{"portcullis_upstream_in_flight",
                                                                telemetry::MetricType::kGauge,
                                                                "Attempts under way at a target.", "target"};

// The instruments of a target. `metrics` must outlive them.
TargetInstruments MakeTargetInstruments(telemetry::Metrics& metrics, const std::string& target);

}  // namespace portcullis::router
