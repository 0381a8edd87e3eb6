// The traces of a process.
#pragma once

#include <memory>
#include <string>

#include "apps/config/tracing_settings.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/tracing/otlp_tracer.h"

namespace portcullis::app {

// Null when nothing is traced. `process`: "edge", "gateway", ...
std::unique_ptr<tracing::OtlpTracer> MakeTracer(const TracingSettings& settings, const std::string& process,
                                                const base::Clock& clock, telemetry::Metrics& metrics,
                                                telemetry::Logger& logger);

// Exports what is left, within some seconds. `tracer` may be null. Blocks; not from a worker.
void FlushTraces(tracing::OtlpTracer* tracer, telemetry::Logger& logger);

}  // namespace portcullis::app
