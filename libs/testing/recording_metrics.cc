#include "libs/testing/recording_metrics.h"

#include <algorithm>
#include <utility>

namespace portcullis::testing {

using telemetry::Labels;
using telemetry::MetricDescription;

namespace {

Labels Sorted(Labels labels) {
  std::sort(labels.begin(), labels.end());
  return labels;
}

}  // namespace

class RecordingMetrics::Number final {
 public:
  class AsCounter final : public telemetry::Counter {
   public:
    explicit AsCounter(Number& number) : number_(number) {}
    void Add(double amount) override { number_.Add(amount); }

   private:
    Number& number_;
  };

  class AsGauge final : public telemetry::Gauge {
   public:
    explicit AsGauge(Number& number) : number_(number) {}
    void Add(double amount) override { number_.Add(amount); }
    void Set(double value) override { number_.Set(value); }

   private:
    Number& number_;
  };

  void Add(double amount) {
    const std::lock_guard lock(mutex_);
    value_ += amount;
  }
  void Set(double value) {
    const std::lock_guard lock(mutex_);
    value_ = value;
  }
  double value() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  AsCounter counter{*this};
  AsGauge gauge{*this};

 private:
  mutable std::mutex mutex_;
  double value_ = 0;
};

class RecordingMetrics::Samples final : public telemetry::Histogram {
 public:
  void Observe(double value) override {
    const std::lock_guard lock(mutex_);
    values_.push_back(value);
  }
  std::vector<double> values() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<double> values_;
};

RecordingMetrics::Number& RecordingMetrics::NumberOf(std::string_view name, Labels labels) {
  const std::lock_guard lock(mutex_);
  auto& number = numbers_[{std::string(name), Sorted(std::move(labels))}];
  if (number == nullptr) number = std::make_shared<Number>();
  return *number;
}

telemetry::Counter& RecordingMetrics::AddCounter(const MetricDescription& description, const Labels& labels) {
  return NumberOf(description.name, labels).counter;
}

telemetry::Gauge& RecordingMetrics::AddGauge(const MetricDescription& description, const Labels& labels) {
  return NumberOf(description.name, labels).gauge;
}

telemetry::Histogram& RecordingMetrics::AddHistogram(const MetricDescription& description,
                                                     const std::vector<double>&, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& samples = samples_[{std::string(description.name), Sorted(labels)}];
  if (samples == nullptr) samples = std::make_shared<Samples>();
  return *samples;
}

double RecordingMetrics::Value(std::string_view name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = numbers_.find({std::string(name), Sorted(labels)});
  return found == numbers_.end() ? 0 : found->second->value();
}

double RecordingMetrics::Total(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  double total = 0;
  for (const auto& [key, number] : numbers_) total += key.first == name ? number->value() : 0;
  return total;
}

std::vector<double> RecordingMetrics::Observations(std::string_view name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = samples_.find({std::string(name), Sorted(labels)});
  return found == samples_.end() ? std::vector<double>() : found->second->values();
}

bool RecordingMetrics::Has(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto named = [&](const auto& entry) { return entry.first.first == name; };
  return std::any_of(numbers_.begin(), numbers_.end(), named) ||
         std::any_of(samples_.begin(), samples_.end(), named);
}

}  // namespace portcullis::testing
