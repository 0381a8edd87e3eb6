// Randomness that is written down beforehand.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "libs/base/rng.h"

namespace portcullis::testing {

// Gives the numbers in order, then again from the first. Not thread-safe.
class ScriptedRng final : public base::Rng {
 public:
  explicit ScriptedRng(std::vector<uint64_t> numbers) : numbers_(std::move(numbers)) {}

  // Numbers of which NextUnit() gives `units` (each in [0, 1)), to 53 bits.
  static ScriptedRng Units(const std::vector<double>& units) {
    std::vector<uint64_t> numbers;
    for (const double unit : units) numbers.push_back(static_cast<uint64_t>(unit * 0x1.0p53) << 11);
    return ScriptedRng(std::move(numbers));
  }

  uint64_t Next() override { return numbers_.empty() ? 0 : numbers_[taken_++ % numbers_.size()]; }

  // How many were taken.
  size_t taken() const { return taken_; }

 private:
  std::vector<uint64_t> numbers_;
  size_t taken_ = 0;
};

}  // namespace portcullis::testing
