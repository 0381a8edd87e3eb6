// Randomness, injected: ids, jitter, sampling. Not for keys (libs/crypto makes those).
#pragma once

#include <cstdint>

namespace portcullis::base {

class Rng {
 public:
  virtual ~Rng() = default;

  // Uniform over all 64-bit values. Not thread-safe: one Rng per thread.
  virtual uint64_t Next() = 0;

  // Uniform in [0, 1).
  double NextUnit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
};

// xoshiro256** (Blackman and Vigna, 2018), seeded from the operating system or from a given number.
class SystemRng final : public Rng {
 public:
  SystemRng();
  explicit SystemRng(uint64_t seed);

  uint64_t Next() override;

 private:
  uint64_t state_[4];
};

}  // namespace portcullis::base
