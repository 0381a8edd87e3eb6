// What a process counts of its operators.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::app {

inline constexpr telemetry::MetricDescription kOperatorActions{
    "portcullis_operator_actions_total", telemetry::MetricType::kCounter,
    "Actions of operators on this process and its targets: done (ok) or not (rejected).", "action,result"};

}  // namespace portcullis::app
