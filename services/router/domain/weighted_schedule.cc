#include "services/router/domain/weighted_schedule.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <utility>

namespace portcullis::router {
namespace {

using Turns = std::vector<uint64_t>;

// The weights as whole numbers without a common factor; empty when `factor` does not make them whole.
Turns WholeTurns(const std::vector<double>& weights, double factor) {
  Turns turns;
  uint64_t common = 0;
  for (const double weight : weights) {
    const double scaled = weight * factor;
    if (scaled > 1e12 || scaled < 0.5 || std::abs(scaled - std::round(scaled)) > 1e-6 * scaled) return {};
    turns.push_back(static_cast<uint64_t>(std::llround(scaled)));
    common = std::gcd(common, turns.back());
  }
  for (uint64_t& count : turns) count /= common;
  return turns;
}

uint64_t Sum(const Turns& turns) { return std::accumulate(turns.begin(), turns.end(), uint64_t{0}); }

Turns TurnsOf(const std::vector<double>& weights) {
  for (const double factor : {1.0, 10.0, 100.0, 1000.0}) {
    Turns turns = WholeTurns(weights, factor);
    if (!turns.empty() && Sum(turns) <= kMaxSchedule) return turns;
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  Turns turns;
  for (const double weight : weights) {
    turns.push_back(std::max<uint64_t>(1, std::llround(weight / total * kMaxSchedule)));
  }
  return turns;
}

}  // namespace

std::vector<uint32_t> WeightedSchedule(const std::vector<double>& weights) {
  const Turns turns = TurnsOf(weights);
  using Due = std::pair<double, uint32_t>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> queue;
  for (uint32_t i = 0; i < turns.size(); ++i) queue.push({0.5 / static_cast<double>(turns[i]), i});
  std::vector<uint32_t> schedule;
  schedule.reserve(Sum(turns));
  std::vector<uint64_t> taken(turns.size());
  while (!queue.empty()) {
    const uint32_t i = queue.top().second;
    queue.pop();
    schedule.push_back(i);
    if (++taken[i] == turns[i]) continue;
    queue.push({(static_cast<double>(taken[i]) + 0.5) / static_cast<double>(turns[i]), i});
  }
  return schedule;
}

}  // namespace portcullis::router
