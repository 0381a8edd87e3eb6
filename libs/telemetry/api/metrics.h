// Metrics without a backend: what code that counts may know.
//
// Each service declares its metrics once, as MetricDescription constants in its `*_metrics.h`; the reference
// in docs/metrics.md is generated from those. Instruments are resolved when a component is built, never per
// request. All instruments are thread-safe, wait-free, and sharded by thread: workers do not share cache
// lines. References stay valid as long as the Metrics object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace portcullis::telemetry {

enum class MetricType : uint8_t { kCounter, kGauge, kHistogram };

struct MetricDescription {
  std::string_view name;  // "portcullis_requests_total"
  MetricType type;
  std::string_view help;    // one sentence
  std::string_view labels;  // names, comma separated, "" = none
};

// Name and value of each label. Values must come from a bounded set.
using Labels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
};

// Base units: seconds, bytes.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// Bucket bounds (upper, ascending) that the services share.
const std::vector<double>& LatencyBuckets();   // 50 us .. 120 s
const std::vector<double>& OverheadBuckets();  // 5 us .. 1 s
const std::vector<double>& SizeBuckets();      // 1 B .. 32 MiB

class Metrics {
 public:
  virtual ~Metrics() = default;

  // The instrument of this name and these labels, made at the first call. Takes a lock.
  virtual Counter& AddCounter(const MetricDescription& description, const Labels& labels = {}) = 0;
  virtual Gauge& AddGauge(const MetricDescription& description, const Labels& labels = {}) = 0;
  virtual Histogram& AddHistogram(const MetricDescription& description, const std::vector<double>& buckets,
                                  const Labels& labels = {}) = 0;
};

// Counts nothing. For tests and tools.
class NullMetrics final : public Metrics {
 public:
  Counter& AddCounter(const MetricDescription&, const Labels&) override;
  Gauge& AddGauge(const MetricDescription&, const Labels&) override;
  Histogram& AddHistogram(const MetricDescription&, const std::vector<double>&, const Labels&) override;
};

}  // namespace portcullis::telemetry
