// What a process says about its configuration.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::app {

inline constexpr telemetry::MetricDescription kConfigInfo{
    "portcullis_config_info", telemetry::MetricType::kGauge,
    "Always 1; the labels say which configuration is in effect.", "version,pack"};

}  // namespace portcullis::app
