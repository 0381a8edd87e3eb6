// The router's metrics.
#pragma once

#include <string>

#include "libs/telemetry/api/metrics.h"
#include "services/router/adapters/redis/redis_cooldowns.h"
#include "services/router/domain/router.h"
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
inline constexpr telemetry::MetricDescription kRefusedRetries{
    "portcullis_retries_refused_total", telemetry::MetricType::kCounter,
    "Retries that were not made because the retry budget was spent.", ""};
inline constexpr telemetry::MetricDescription kHedges{
    "portcullis_hedges_total", telemetry::MetricType::kCounter,
    "Second attempts made because the first was slow to begin, by the second one's target and whether it won "
    "or "
    "lost.",
    "target,outcome"};
inline constexpr telemetry::MetricDescription kMirrored{
    "portcullis_mirrored_requests_total", telemetry::MetricType::kCounter,
    "Requests copied to the mirror's target: ok, failed, or skipped because it could not be asked.",
    "target,outcome"};
inline constexpr telemetry::MetricDescription kKeyCooldowns{
    "portcullis_key_cooldowns_total", telemetry::MetricType::kCounter,
    "Times that an API key of a target was left alone for a while because it was refused or limited.",
    "target,reason"};
inline constexpr telemetry::MetricDescription kSharedStateUp{
    "portcullis_shared_state_up", telemetry::MetricType::kGauge,
    "1 while cool-downs are exchanged with other replicas through Redis, 0 while Redis is away.", ""};
inline constexpr telemetry::MetricDescription kSharedStateErrors{"portcullis_shared_state_errors_total",
                                                                 telemetry::MetricType::kCounter,
                                                                 "Exchanges with Redis that failed.", ""};
inline constexpr telemetry::MetricDescription kSharedCooldowns{
    "portcullis_shared_cooldowns_total", telemetry::MetricType::kCounter,
    "Cool-downs of keys and targets that this replica told others, and that it learned from them.",
    "direction"};
inline constexpr telemetry::MetricDescription kTargetDrained{
    "portcullis_target_drained", telemetry::MetricType::kGauge,
    "1 while an operator keeps new calls away from a target, else 0.", "target"};
inline constexpr telemetry::MetricDescription kUpstreamInFlight{"portcullis_upstream_in_flight",
                                                                telemetry::MetricType::kGauge,
                                                                "Attempts under way at a target.", "target"};

// The instruments of a target. `metrics` must outlive them.
TargetInstruments MakeTargetInstruments(telemetry::Metrics& metrics, const std::string& target);

// The instruments of the state that is shared through Redis.
RedisInstruments MakeRedisInstruments(telemetry::Metrics& metrics);

// The instruments of all routers of a process.
RouterInstruments MakeRouterInstruments(telemetry::Metrics& metrics, const MirrorOptions& mirror);

}  // namespace portcullis::router
