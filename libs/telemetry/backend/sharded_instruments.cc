#include "libs/telemetry/backend/sharded_instruments.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace portcullis::telemetry {
namespace {

constexpr size_t kCountsPerLine = kCacheLine / sizeof(uint64_t);

}  // namespace

size_t ThisThreadsShard() {
  static std::atomic<size_t> next{0};
  thread_local const size_t shard = next.fetch_add(1, std::memory_order_relaxed) % kMetricShards;
  return shard;
}

void ShardedCounter::Add(double amount) {
  if (!(amount > 0)) return;
  slots_[ThisThreadsShard()].value.fetch_add(amount, std::memory_order_relaxed);
}

double ShardedCounter::Sum() const {
  double sum = 0;
  for (const Slot& slot : slots_) sum += slot.value.load(std::memory_order_relaxed);
  return sum;
}

ShardedHistogram::ShardedHistogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      lines_per_shard_(bounds_.size() / kCountsPerLine + 1),  // bounds_.size() + 1 buckets
      lines_(std::make_unique<Line[]>(lines_per_shard_ * kMetricShards)) {}

void ShardedHistogram::Observe(double value) {
  if (std::isnan(value)) return;
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  const size_t shard = ThisThreadsShard();
  CountOf(shard, static_cast<size_t>(bound - bounds_.begin())).fetch_add(1, std::memory_order_relaxed);
  sums_[shard].value.fetch_add(value, std::memory_order_relaxed);
}

ShardedHistogram::Totals ShardedHistogram::Sum() const {
  Totals totals;
  totals.counts.resize(bounds_.size() + 1);
  for (size_t shard = 0; shard < kMetricShards; ++shard) {
    for (size_t bucket = 0; bucket < totals.counts.size(); ++bucket) {
      totals.counts[bucket] += CountOf(shard, bucket).load(std::memory_order_relaxed);
    }
    totals.sum += sums_[shard].value.load(std::memory_order_relaxed);
  }
  return totals;
}

}  // namespace portcullis::telemetry
