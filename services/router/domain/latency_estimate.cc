#include "services/router/domain/latency_estimate.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace portcullis::router {
namespace {

constexpr double kGreatestStep = 0.3;  // in the natural logarithm: 35%
constexpr double kStep = 2;            // of a sample with weight 1, shared by the ways up and down

uint64_t Pack(float value, uint32_t rest) { return (uint64_t{std::bit_cast<uint32_t>(value)} << 32) | rest; }
float ValueOf(uint64_t word) { return std::bit_cast<float>(static_cast<uint32_t>(word >> 32)); }
uint32_t RestOf(uint64_t word) { return static_cast<uint32_t>(word); }

// Above 0 for every latency, so that no value is the word 0.
double Logarithm(uint64_t latency_us) { return std::log(static_cast<double>(latency_us) + 2); }
double Micros(uint64_t word) { return std::exp(static_cast<double>(ValueOf(word))) - 2; }

}  // namespace

LatencyEstimate::LatencyEstimate(double quantile, std::chrono::milliseconds window)
    : quantile_(quantile),
      decay_ms_(static_cast<double>(window.count()) / 3),
      greatest_weight_(kGreatestStep / (kStep * std::max(quantile, 1 - quantile))) {}

void LatencyEstimate::Record(uint64_t latency_us, base::MonotonicTime now) {
  const auto now_ms = static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  const double sample = Logarithm(latency_us);
  const uint32_t samples = samples_.load(std::memory_order_relaxed);
  if (samples < kMostCounted) samples_.store(samples + 1, std::memory_order_relaxed);
  uint64_t word = word_.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    const double age_ms = std::max<double>(static_cast<int32_t>(now_ms - RestOf(word)), 0.05);
    const double value = word == 0 ? sample : Moved(ValueOf(word), sample, age_ms);
    next = Pack(static_cast<float>(value), now_ms);
  } while (!word_.compare_exchange_weak(word, next, std::memory_order_relaxed));
}

double LatencyEstimate::Moved(double value, double sample, double age_ms) const {
  const double weight = kStep * std::min(1 - std::exp(-age_ms / decay_ms_), greatest_weight_);
  if (sample > value) return std::min(sample, value + weight * quantile_);
  return std::max(sample, value - weight * (1 - quantile_));
}

double LatencyEstimate::micros() const {
  const uint64_t word = word_.load(std::memory_order_relaxed);
  return word == 0 ? 0 : Micros(word);
}

}  // namespace portcullis::router
