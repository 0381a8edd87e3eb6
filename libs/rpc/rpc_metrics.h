// What gRPC between the services tells.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::rpc {

inline constexpr telemetry::MetricDescription kPeerLanes{
    "portcullis_peer_lanes", telemetry::MetricType::kGauge,
    "Connections to a peer service that take calls, over all workers and replicas; 0: it cannot be reached.",
    "peer"};
inline constexpr telemetry::MetricDescription kTlsExpiry{
    "portcullis_tls_certificate_expiry_timestamp_seconds", telemetry::MetricType::kGauge,
    "When the certificate in use ends, in seconds since 1970: the process's own, or the first of its CAs.",
    "certificate"};
inline constexpr telemetry::MetricDescription kTlsReloads{
    "portcullis_tls_reloads_total", telemetry::MetricType::kCounter,
    "Changed certificate files: applied, or rejected (those before stay).", "result"};
inline constexpr telemetry::MetricDescription kTlsRefusedCalls{
    "portcullis_tls_refused_calls_total", telemetry::MetricType::kCounter,
    "Calls by peers whose certificate may not make them.", ""};

}  // namespace portcullis::rpc
