// What a process counts of its traces.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::tracing {

inline constexpr telemetry::MetricDescription kTraceSpans{
    "portcullis_trace_spans_total", telemetry::MetricType::kCounter,
    "Spans of this process: exported (the collector has them), dropped (the queue was full), or failed (the "
    "collector refused them or was away for too long).",
    "result"};
inline constexpr telemetry::MetricDescription kTraceQueue{
    "portcullis_trace_queue_spans", telemetry::MetricType::kGauge,
    "Spans that wait for their export, those under way among them.", ""};

}  // namespace portcullis::tracing
