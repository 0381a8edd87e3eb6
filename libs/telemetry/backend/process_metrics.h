// What every process of the suite says about itself at each scrape.
#pragma once

#include <string>

#include "libs/base/clock.h"
#include "libs/telemetry/backend/json_logger.h"
#include "libs/telemetry/backend/prometheus_metrics.h"

namespace portcullis::telemetry {

inline constexpr MetricDescription kBuildInfo{"portcullis_build_info", MetricType::kGauge,
                                              "Always 1; the labels say what is running.",
                                              "version,revision,process"};
inline constexpr MetricDescription kLogLinesDropped{"portcullis_log_lines_dropped_total",
                                                    MetricType::kCounter,
                                                    "Log lines lost because the log's queue was full.", ""};
// The names that Prometheus' own client libraries use.
inline constexpr MetricDescription kResidentMemory{"process_resident_memory_bytes", MetricType::kGauge,
                                                   "Resident memory.", ""};
inline constexpr MetricDescription kVirtualMemory{"process_virtual_memory_bytes", MetricType::kGauge,
                                                  "Virtual memory.", ""};
inline constexpr MetricDescription kCpuSeconds{"process_cpu_seconds_total", MetricType::kCounter,
                                               "User and system time.", ""};
inline constexpr MetricDescription kOpenFds{"process_open_fds", MetricType::kGauge, "Open file descriptors.",
                                            ""};
inline constexpr MetricDescription kMaxFds{"process_max_fds", MetricType::kGauge,
                                           "Limit of file descriptors.", ""};
inline constexpr MetricDescription kStartTime{"process_start_time_seconds", MetricType::kGauge,
                                              "When the process started, in seconds since 1970.", ""};

struct BuildInfo {
  std::string version;   // "0.1.0"
  std::string revision;  // of the source; "" if unknown
  std::string process;   // "edge", "gateway"...
};

// Call once, at start: the start time is taken from `clock` now. Figures the system does not give stay 0.
void AddProcessMetrics(PrometheusMetrics& metrics, const base::Clock& clock, const BuildInfo& build);

// `logger` must outlive the last scrape.
void AddLogMetrics(PrometheusMetrics& metrics, const JsonLogger& logger);

}  // namespace portcullis::telemetry
