// Weighted rendezvous hashing: which of some weighted choices belongs to a key.
//
// The same key always has the same choice; over many keys each choice gets its weight's share; and when a
// choice is added, removed or weighted anew, only the keys that have to move do. (Thaler and Ravishankar,
// 1998; weights as in Schindelhauer and Schomaker, 2005: the greatest -weight / ln(hash) wins.)
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "services/router/domain/router_options.h"

namespace portcullis::router {

// A place in `variants`, which is not empty.
size_t RendezvousChoice(std::string_view key, const std::vector<AbVariant>& variants);

// The same for a caller without a key: `unit` is a random number in [0, 1).
size_t WeightedChoice(double unit, const std::vector<AbVariant>& variants);

}  // namespace portcullis::router
