// Metrics that remember, so that a test can read what was counted.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libs/telemetry/api/metrics.h"

namespace portcullis::testing {

// Thread-safe. Reading an instrument that was never made gives 0 or nothing.
// The order of the labels does not matter.
class RecordingMetrics final : public telemetry::Metrics {
 public:
  telemetry::Counter& AddCounter(const telemetry::MetricDescription& description,
                                 const telemetry::Labels& labels) override;
  telemetry::Gauge& AddGauge(const telemetry::MetricDescription& description,
                             const telemetry::Labels& labels) override;
  telemetry::Histogram& AddHistogram(const telemetry::MetricDescription& description,
                                     const std::vector<double>& buckets,
                                     const telemetry::Labels& labels) override;

  // Of a counter or gauge.
  double Value(std::string_view name, const telemetry::Labels& labels = {}) const;
  // The sum of a counter over all its labels.
  double Total(std::string_view name) const;
  // What a histogram was given, in order.
  std::vector<double> Observations(std::string_view name, const telemetry::Labels& labels = {}) const;
  // True if an instrument of this name was made.
  bool Has(std::string_view name) const;

 private:
  class Number;
  class Samples;
  using Key = std::pair<std::string, telemetry::Labels>;

  Number& NumberOf(std::string_view name, telemetry::Labels labels);

  mutable std::mutex mutex_;  // guards the maps; values have their own
  std::map<Key, std::shared_ptr<Number>> numbers_;
  std::map<Key, std::shared_ptr<Samples>> samples_;
};

}  // namespace portcullis::testing
