#include "services/router/domain/latency_estimate.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace portcullis::router {
namespace {

constexpr double kGreatestWeight = 0.3;
constexpr double kStep = 0.2;  // of a quantile, in the natural logarithm

uint64_t Pack(float value, uint32_t rest) { return (uint64_t{std::bit_cast<uint32_t>(value)} << 32) | rest; }
float ValueOf(uint64_t word) { return std::bit_cast<float>(static_cast<uint32_t>(word >> 32)); }
uint32_t RestOf(uint64_t word) { return static_cast<uint32_t>(word); }

// Above 0 for every latency, so that no value is the word 0.
double Logarithm(uint64_t latency_us) { return std::log(static_cast<double>(latency_us) + 2); }
double Micros(uint64_t word) { return std::exp(static_cast<double>(ValueOf(word))) - 2; }

}  // namespace

void LatencyEstimate::Record(uint64_t latency_us, base::MonotonicTime now) {
  const auto now_ms = static_cast<uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  const double sample = Logarithm(latency_us);
  const uint32_t samples = samples_.load(std::memory_order_relaxed);
  if (samples < kMostCounted) samples_.store(samples + 1, std::memory_order_relaxed);
  uint64_t word = word_.load(std::memory_order_relaxed);
  uint64_t next = 0;
  do {
    double value = sample;
    if (word != 0) {
      const double age_ms = std::max<double>(static_cast<int32_t>(now_ms - RestOf(word)), 0.05);
      const double weight = std::min(1 - std::exp(-age_ms / decay_ms_), kGreatestWeight);
      value = ValueOf(word) + weight * (sample - ValueOf(word));
    }
    next = Pack(static_cast<float>(value), now_ms);
  } while (!word_.compare_exchange_weak(word, next, std::memory_order_relaxed));
}

double LatencyEstimate::micros() const {
  const uint64_t word = word_.load(std::memory_order_relaxed);
  return word == 0 ? 0 : Micros(word);
}

void LatencyQuantile::Record(uint64_t latency_us) {
  const double sample = Logarithm(latency_us);
  const uint64_t word = word_.load(std::memory_order_relaxed);
  const uint32_t count = RestOf(word);
  double value = sample;
  if (count != 0) {
    value = ValueOf(word);
    value += sample > value ? kStep * quantile_ : -kStep * (1 - quantile_);
  }
  word_.store(Pack(static_cast<float>(value), std::min(count + 1, kMinSamples)), std::memory_order_relaxed);
}

std::optional<std::chrono::microseconds> LatencyQuantile::value() const {
  const uint64_t word = word_.load(std::memory_order_relaxed);
  if (RestOf(word) < kMinSamples) return std::nullopt;
  return std::chrono::microseconds(static_cast<int64_t>(Micros(word)));
}

}  // namespace portcullis::router
