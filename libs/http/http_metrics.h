// What the HTTP server counts. Requests themselves are counted by those who handle them.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::http {

inline constexpr telemetry::MetricDescription kOpenConnections{
    "portcullis_http_open_connections", telemetry::MetricType::kGauge, "Open client connections.", ""};
inline constexpr telemetry::MetricDescription kConnections{
    "portcullis_http_connections_total", telemetry::MetricType::kCounter, "Client connections accepted.", ""};
inline constexpr telemetry::MetricDescription kAcceptErrors{
    "portcullis_http_accept_errors_total", telemetry::MetricType::kCounter,
    "Connections the system could not hand over, for example for want of file descriptors.", ""};
inline constexpr telemetry::MetricDescription kRefused{
    "portcullis_http_refused_total", telemetry::MetricType::kCounter,
    "Requests the server turned away before any handler saw them, by HTTP status.", "status"};
inline constexpr telemetry::MetricDescription kDepartures{
    "portcullis_http_client_departures_total", telemetry::MetricType::kCounter,
    "Clients that left while their request was handled.", ""};
inline constexpr telemetry::MetricDescription kWriteStalls{
    "portcullis_http_write_stalls_total", telemetry::MetricType::kCounter,
    "Connections closed because the client took no byte within the write time-out.", ""};

}  // namespace portcullis::http
