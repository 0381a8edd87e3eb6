// What a target's latency is expected to be, kept in one atomic word each: no lock, and a lost update of two
// at the same moment does no harm.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "libs/base/clock.h"

namespace portcullis::router {

// A moving geometric mean: an exponentially weighted mean of the logarithm, whose weights decay with time and
// not with the number of samples, so that a change shows within `window` at any rate of requests. A single
// outlier moves it little. Below about three samples per window each sample counts for 30%.
class LatencyEstimate {
 public:
  explicit LatencyEstimate(std::chrono::milliseconds window)
      : decay_ms_(static_cast<double>(window.count()) / 3) {}

  void Record(uint64_t latency_us, base::MonotonicTime now);

  // Microseconds; 0 while nothing has been recorded.
  double micros() const;

  // At least so many latencies have been recorded, here or by the predecessor; `count` up to kMostCounted.
  bool HasSamples(uint32_t count) const { return samples_.load(std::memory_order_relaxed) >= count; }
  static constexpr uint32_t kMostCounted = 10'000;

  // The estimate with its time, for LatencyEstimate::Restore in a successor.
  uint64_t Save() const { return word_.load(std::memory_order_relaxed); }
  void Restore(uint64_t word) {
    word_.store(word, std::memory_order_relaxed);
    samples_.store(word == 0 ? 0 : kMostCounted, std::memory_order_relaxed);
  }

 private:
  const double decay_ms_;
  std::atomic<uint64_t> word_{0};  // the logarithm (float), the time in ms; 0 = nothing recorded
  std::atomic<uint32_t> samples_{0};
};

// A high quantile of the latency, followed by stochastic approximation in the logarithm: a sample above moves
// it up by much, one below moves it down by little, so that it rests where `quantile` of the samples are
// below (after "frugal streaming", Ma, Muthukrishnan and Sandler, 2013).
class LatencyQuantile {
 public:
  explicit LatencyQuantile(double quantile) : quantile_(quantile) {}

  void Record(uint64_t latency_us);

  // nullopt before `kMinSamples`.
  std::optional<std::chrono::microseconds> value() const;

  static constexpr uint32_t kMinSamples = 20;

 private:
  const double quantile_;
  std::atomic<uint64_t> word_{0};  // the logarithm (float), the number of samples
};

}  // namespace portcullis::router
