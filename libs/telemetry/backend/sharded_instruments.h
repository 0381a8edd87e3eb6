// The instruments behind PrometheusMetrics. Internal.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/backend/prometheus_metrics.h"

namespace portcullis::telemetry {

inline constexpr size_t kCacheLine = 64;

// The slot of this thread: threads get 0, 1, 2... in the order of their first use, then 0 again.
size_t ThisThreadsShard();

class ShardedCounter final : public Counter {
 public:
  // Negative and NaN amounts are dropped: a counter only grows.
  void Add(double amount) override;
  double Sum() const;

 private:
  struct alignas(kCacheLine) Slot {
    std::atomic<double> value{0};
  };
  std::array<Slot, kMetricShards> slots_;
};

class AtomicGauge final : public Gauge {
 public:
  void Set(double value) override { value_.store(value, std::memory_order_relaxed); }
  void Add(double amount) override { value_.fetch_add(amount, std::memory_order_relaxed); }
  double Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class ShardedHistogram final : public Histogram {
 public:
  // `bounds`: upper, inclusive, strictly ascending, without +Inf.
  explicit ShardedHistogram(std::vector<double> bounds);

  void Observe(double value) override;  // NaN is dropped

  struct Totals {
    std::vector<uint64_t> counts;  // per bucket, not cumulative; the last is +Inf's
    double sum = 0;
  };
  Totals Sum() const;
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  struct alignas(kCacheLine) Line {
    std::array<std::atomic<uint64_t>, kCacheLine / sizeof(uint64_t)> counts{};
  };
  struct alignas(kCacheLine) SumSlot {
    std::atomic<double> value{0};
  };

  std::atomic<uint64_t>& CountOf(size_t shard, size_t bucket) const {
    constexpr size_t kPerLine = kCacheLine / sizeof(uint64_t);
    return lines_[shard * lines_per_shard_ + bucket / kPerLine].counts[bucket % kPerLine];
  }

  const std::vector<double> bounds_;
  const size_t lines_per_shard_;
  const std::unique_ptr<Line[]> lines_;
  std::array<SumSlot, kMetricShards> sums_;
};

}  // namespace portcullis::telemetry
