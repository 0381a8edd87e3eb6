#include "libs/telemetry/api/metrics.h"

namespace portcullis::telemetry {
namespace {

class NullCounter final : public Counter {
 public:
  void Add(double) override {}
};

class NullGauge final : public Gauge {
 public:
  void Set(double) override {}
  void Add(double) override {}
};

class NullHistogram final : public Histogram {
 public:
  void Observe(double) override {}
};

}  // namespace

const std::vector<double>& LatencyBuckets() {
  static const std::vector<double> buckets = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                              0.01,    0.025,  0.05,    0.1,    0.25,  0.5,    1,
                                              2.5,     5,      10,      30,     60,    120};
  return buckets;
}

const std::vector<double>& OverheadBuckets() {
  static const std::vector<double> buckets = {0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005,
                                              0.001,    0.0025,  0.005,    0.01,    0.025,  0.1,     1};
  return buckets;
}

const std::vector<double>& SizeBuckets() {
  static const std::vector<double> buckets = {1,     4,     16,     64,      256,     1024,    4096,
                                              16384, 65536, 262144, 1048576, 4194304, 33554432};
  return buckets;
}

Counter& NullMetrics::AddCounter(const MetricDescription&, const Labels&) {
  static NullCounter counter;
  return counter;
}

Gauge& NullMetrics::AddGauge(const MetricDescription&, const Labels&) {
  static NullGauge gauge;
  return gauge;
}

Histogram& NullMetrics::AddHistogram(const MetricDescription&, const std::vector<double>&, const Labels&) {
  static NullHistogram histogram;
  return histogram;
}

}  // namespace portcullis::telemetry
