#include "services/router/api/cost.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

// GCC's 128-bit integer: a price times a number of tokens does not fit into 64 bits for certain.
__extension__ using Wide = unsigned __int128;

constexpr uint64_t kNano = 1'000'000'000;
constexpr uint64_t kPicoPerNano = 1000;
constexpr uint64_t kMaxDollars = 1'000'000'000;
constexpr double kMaxPrice = 1e12;  // USD per million tokens
constexpr size_t kDecimals = 9;

// Pico-dollars per token: the same number as micro-dollars per million tokens.
Wide PricePerToken(double usd_per_million) {
  return static_cast<Wide>(std::llround(std::clamp(usd_per_million, 0.0, kMaxPrice) * 1e6));
}

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

uint64_t CostNanoUsd(const Pricing& pricing, const TokenUsage& usage) {
  const uint64_t cached = std::min(usage.cached_prompt, usage.prompt);
  const uint64_t written = std::min(usage.cache_write, usage.prompt - cached);
  const uint64_t reasoning = std::min(usage.reasoning, usage.completion);
  const Wide pico = PricePerToken(pricing.prompt) * (usage.prompt - cached - written) +
                    PricePerToken(pricing.cached_prompt.value_or(pricing.prompt)) * cached +
                    PricePerToken(pricing.cache_write.value_or(pricing.prompt)) * written +
                    PricePerToken(pricing.completion) * (usage.completion - reasoning) +
                    PricePerToken(pricing.reasoning.value_or(pricing.completion)) * reasoning;
  const Wide nano = (pico + kPicoPerNano / 2) / kPicoPerNano;
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  return nano > kMax ? kMax : static_cast<uint64_t>(nano);
}

std::string FormatUsd(uint64_t nano_usd) {
  std::string out = std::to_string(nano_usd / kNano);
  if (nano_usd % kNano == 0) return out;
  const std::string decimals = std::to_string(nano_usd % kNano);
  out += base::StrCat(".", std::string(kDecimals - decimals.size(), '0'), decimals);
  out.resize(out.find_last_not_of('0') + 1);
  return out;
}

std::optional<uint64_t> ParseUsd(std::string_view text) {
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals(point == text.npos ? std::string_view() : text.substr(point + 1));
  if (whole.empty() || whole.size() > 10 || !AreDigits(whole) || !AreDigits(decimals)) return std::nullopt;
  if (point != text.npos && decimals.empty()) return std::nullopt;
  decimals.resize(kDecimals, '0');
  const uint64_t dollars = std::stoull(std::string(whole));
  if (dollars > kMaxDollars) return std::nullopt;
  return dollars * kNano + std::stoull(decimals);
}

}  // namespace portcullis::router
