// Metrics in memory, read out in Prometheus' text format (through prometheus-cpp's serializer).
//
// Each instrument has kMetricShards slots, each on its own cache line. A thread counts in the slot that it
// was given at its first use, with relaxed atomics: no lock, and up to kMetricShards threads never share a
// line. A scrape sums the slots; it sees every Add that happened before it on the same thread and, within
// moments, on the others. Gauges are one value: they are set rarely, and the last Set must win.
//
//   PrometheusMetrics metrics;
//   Counter& hits = metrics.AddCounter(kHits, {{"tier", "gold"}});
//   hits.Add();
//   std::string text = metrics.Scrape();   // "# HELP portcullis_hits_total ...\n"
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/telemetry/api/metrics.h"

namespace portcullis::telemetry {

inline constexpr size_t kMetricShards = 16;

// Thread-safe. A name keeps the type and help of its first description. Aborts on a programming error: a
// malformed name or label name, a label that the description does not name, the same name with another type.
class PrometheusMetrics final : public Metrics {
 public:
  PrometheusMetrics();
  ~PrometheusMetrics() override;

  Counter& AddCounter(const MetricDescription& description, const Labels& labels) override;
  Gauge& AddGauge(const MetricDescription& description, const Labels& labels) override;
  Histogram& AddHistogram(const MetricDescription& description, const std::vector<double>& buckets,
                          const Labels& labels) override;

  // `update` runs at the start of every scrape, on the scraping thread: it sets gauges whose value is looked
  // up rather than counted. It must be thread-safe and live as long as this.
  void OnScrape(std::function<void()> update);

  // Text exposition format 0.0.4; families by name, series by labels.
  std::string Scrape() const;

 private:
  struct Family;

  Family& FamilyOf(const MetricDescription& description, MetricType type, const Labels& labels);

  mutable std::mutex mutex_;  // guards the maps; never taken to count
  std::map<std::string, std::unique_ptr<Family>, std::less<>> families_;
  std::vector<std::function<void()>> updates_;
};

}  // namespace portcullis::telemetry
