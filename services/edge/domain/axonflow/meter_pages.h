// AxonFlow's metrics pages: GET /metrics in JSON, GET /prometheus in Prometheus' text format, with its names.
#pragma once

#include <cstdint>
#include <string>

#include "services/edge/domain/axonflow/meters.h"

namespace portcullis::edge {

struct MeterMoment {
  int64_t now_us = 0;
  int64_t uptime_seconds = 0;
};

// {"agent_metrics":{...},"health":{...},"request_types":{...},"connectors":{},"timestamp":...}. Rates are of
// the last minute, percentiles of the last 1000 requests of each worker.
std::string MetricsPage(const MeterFigures& figures, const MeterMoment& moment);

// Only series that something was counted in.
std::string PrometheusPage(const MeterFigures& figures);

}  // namespace portcullis::edge
