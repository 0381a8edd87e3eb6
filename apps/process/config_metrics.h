// What a process says about its configuration.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::app {

inline constexpr telemetry::MetricDescription kConfigInfo{
    "portcullis_config_info", telemetry::MetricType::kGauge,
    "1 for the configuration that is in effect, 0 for those before it.", "version,pack"};
inline constexpr telemetry::MetricDescription kConfigReloads{
    "portcullis_config_reloads_total", telemetry::MetricType::kCounter,
    "Reloads of the configuration: applied, unchanged, or rejected (the one before stays).", "result"};

}  // namespace portcullis::app
