#include "libs/telemetry/backend/prometheus_metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include "libs/telemetry/backend/sharded_instruments.h"

namespace portcullis::telemetry {
namespace {

[[noreturn]] void Die(std::string_view what, std::string_view name) {
  std::fprintf(stderr, "metric '%.*s': %.*s\n", static_cast<int>(name.size()), name.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

bool IsIdentifier(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), good);
}

// True if `list` (comma separated) has `name`.
bool Names(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (list.substr(0, comma) == name) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

prometheus::MetricType ToPrometheus(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric::Histogram ToPrometheus(const ShardedHistogram& histogram) {
  const ShardedHistogram::Totals totals = histogram.Sum();
  prometheus::ClientMetric::Histogram out;
  out.sample_sum = totals.sum;
  for (size_t i = 0; i < totals.counts.size(); ++i) {
    out.sample_count += totals.counts[i];
    const double bound =
        i < histogram.bounds().size() ? histogram.bounds()[i] : std::numeric_limits<double>::infinity();
    out.bucket.push_back({out.sample_count, bound});
  }
  return out;
}

template <typename Instrument, typename... Arguments>
Instrument& FindOrMake(std::map<Labels, std::unique_ptr<Instrument>>& series, Labels labels,
                       Arguments... arguments) {
  std::sort(labels.begin(), labels.end());
  auto& instrument = series[std::move(labels)];
  if (instrument == nullptr) instrument = std::make_unique<Instrument>(std::move(arguments)...);
  return *instrument;
}

}  // namespace

// One name and its series. Only the map of its type is used.
struct PrometheusMetrics::Family {
  MetricType type;
  std::string help;
  std::map<Labels, std::unique_ptr<ShardedCounter>> counters;
  std::map<Labels, std::unique_ptr<AtomicGauge>> gauges;
  std::map<Labels, std::unique_ptr<ShardedHistogram>> histograms;

  prometheus::MetricFamily Collect(const std::string& name) const;
};

prometheus::MetricFamily PrometheusMetrics::Family::Collect(const std::string& name) const {
  prometheus::MetricFamily family{name, help, ToPrometheus(type), {}};
  const auto add = [&family](const Labels& labels) -> prometheus::ClientMetric& {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return metric;
  };
  for (const auto& [labels, counter] : counters) add(labels).counter.value = counter->Sum();
  for (const auto& [labels, gauge] : gauges) add(labels).gauge.value = gauge->Value();
  for (const auto& [labels, histogram] : histograms) add(labels).histogram = ToPrometheus(*histogram);
  return family;
}

PrometheusMetrics::PrometheusMetrics() = default;
PrometheusMetrics::~PrometheusMetrics() = default;

PrometheusMetrics::Family& PrometheusMetrics::FamilyOf(const MetricDescription& description, MetricType type,
                                                       const Labels& labels) {
  if (!IsIdentifier(description.name)) Die("not a name for a metric", description.name);
  if (description.type != type) Die("described with another type", description.name);
  for (const auto& [label, value] : labels) {
    if (!IsIdentifier(label) || !Names(description.labels, label)) Die("undeclared label", description.name);
  }
  auto found = families_.find(description.name);
  if (found == families_.end()) {
    auto family = std::make_unique<Family>();
    family->type = type;
    family->help = std::string(description.help);
    found = families_.emplace(std::string(description.name), std::move(family)).first;
  }
  if (found->second->type != type) Die("already exists with another type", description.name);
  return *found->second;
}

Counter& PrometheusMetrics::AddCounter(const MetricDescription& description, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return FindOrMake(FamilyOf(description, MetricType::kCounter, labels).counters, labels);
}

Gauge& PrometheusMetrics::AddGauge(const MetricDescription& description, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return FindOrMake(FamilyOf(description, MetricType::kGauge, labels).gauges, labels);
}

Histogram& PrometheusMetrics::AddHistogram(const MetricDescription& description,
                                           const std::vector<double>& buckets, const Labels& labels) {
  if (!std::is_sorted(buckets.begin(), buckets.end(), std::less_equal<>())) {
    Die("bucket bounds must strictly ascend", description.name);
  }
  const std::lock_guard lock(mutex_);
  return FindOrMake(FamilyOf(description, MetricType::kHistogram, labels).histograms, labels, buckets);
}

void PrometheusMetrics::OnScrape(std::function<void()> update) {
  const std::lock_guard lock(mutex_);
  updates_.push_back(std::move(update));
}

std::string PrometheusMetrics::Scrape() const {
  std::vector<std::function<void()>> updates;
  {
    const std::lock_guard lock(mutex_);
    updates = updates_;
  }
  for (const auto& update : updates) update();
  std::vector<prometheus::MetricFamily> collected;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, family] : families_) collected.push_back(family->Collect(name));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, collected);
  return out.str();
}

}  // namespace portcullis::telemetry
