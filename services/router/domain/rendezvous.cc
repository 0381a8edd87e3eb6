#include "services/router/domain/rendezvous.h"

#include <cmath>
#include <cstdint>

namespace portcullis::router {
namespace {

// FNV-1a, then the finalizer of SplitMix64 (Steele, Lea and Flood, 2014) for the upper bits. Part of the
// contract: replicas and later versions must agree.
uint64_t Hash(std::string_view key, std::string_view choice) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  add(key);
  add(std::string_view("\0", 1));
  add(choice);
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

size_t RendezvousChoice(std::string_view key, const std::vector<AbVariant>& variants) {
  size_t best = 0;
  double best_score = -1;
  for (size_t i = 0; i < variants.size(); ++i) {
    const double unit =
        (static_cast<double>(Hash(key, variants[i].target) >> 11) + 0.5) * 0x1.0p-53;  // never 0 or 1
    const double score = -variants[i].weight / std::log(unit);
    if (score > best_score) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

size_t WeightedChoice(double unit, const std::vector<AbVariant>& variants) {
  double total = 0;
  for (const AbVariant& variant : variants) total += variant.weight;
  double rest = unit * total;
  for (size_t i = 0; i + 1 < variants.size(); ++i) {
    rest -= variants[i].weight;
    if (rest < 0) return i;
  }
  return variants.size() - 1;
}

}  // namespace portcullis::router
