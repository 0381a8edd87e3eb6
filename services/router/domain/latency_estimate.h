// What a target's latency is expected to be, kept in one atomic word: no lock, and a lost update of two at
// the same moment does no harm.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "libs/base/clock.h"

namespace portcullis::router {

// A moving quantile, followed by stochastic approximation in the logarithm: a sample above moves it up by a
// share that grows with `quantile`, one below moves it down by the rest, so that it rests where `quantile` of
// the samples are below (after "frugal streaming", Ma, Muthukrishnan and Sandler, 2013). Steps grow with the
// time since the sample before and not with the number of samples, so that a change by a factor of 10 shows
// within `window` at any rate of requests from about ten per window on. A step goes no further than its
// sample, and no further than 35%: one outlier does little.
class LatencyEstimate {
 public:
  // `quantile` in 0.05..0.99.
  LatencyEstimate(double quantile, std::chrono::milliseconds window);

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
  double Moved(double value, double sample, double age_ms) const;

  const double quantile_;
  const double decay_ms_;
  const double greatest_weight_;
  std::atomic<uint64_t> word_{0};  // the logarithm (float), the time in ms; 0 = nothing recorded
  std::atomic<uint32_t> samples_{0};
};

}  // namespace portcullis::router
