// What an answer costs: the one place where tokens become money.
//
// Amounts are whole nano-dollars (10^-9 USD), so that a header, a metric and a record that show the same
// amount agree exactly and sums do not drift. Prices are rounded to 10^-6 USD per million tokens, the sum of
// a request is rounded once, half up. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::router {

// USD per one million tokens.
struct Pricing {
  double prompt = 0;
  double completion = 0;
  std::optional<double>
      cached_prompt{};                  // of prompt tokens read from the provider's cache; none: as `prompt`
  std::optional<double> cache_write{};  // of prompt tokens written to it; none: as `prompt`
  std::optional<double> reasoning{};    // of completion tokens spent on reasoning; none: as `completion`
};

struct TokenUsage {
  uint64_t prompt = 0;         // all of them
  uint64_t completion = 0;     // all of them
  uint64_t cached_prompt = 0;  // those of `prompt` that were read from the cache
  uint64_t cache_write = 0;    // those of `prompt` that were written to it
  uint64_t reasoning = 0;      // those of `completion` that were reasoning
};

// Saturates at the greatest uint64_t.
uint64_t CostNanoUsd(const Pricing& pricing, const TokenUsage& usage);

// "0.000123457": decimal, exact, without zeros at the end.
std::string FormatUsd(uint64_t nano_usd);

// The amount of a decimal number of dollars ("0.05"), digits beyond the ninth cut off. Nothing for other
// text, for a negative number and above a billion.
std::optional<uint64_t> ParseUsd(std::string_view text);

// As a number for records and counters; the nearest double, from which the nano-dollars can be read again up
// to 9 million dollars.
inline double ToUsd(uint64_t nano_usd) { return static_cast<double>(nano_usd) / 1e9; }

}  // namespace portcullis::router
