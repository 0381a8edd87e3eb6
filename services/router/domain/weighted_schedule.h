// The order in which targets are taken under weighted_round_robin, worked out once.
//
// Over one length of the schedule each target comes exactly as often as its weight says, and its turns are
// spread evenly (earliest deadline first: the k-th turn of a target is due at (k + 1/2) / weight). A draw at
// a random place of it is a draw in proportion to the weights.
#pragma once

#include <cstdint>
#include <vector>

namespace portcullis::router {

inline constexpr uint32_t kMaxSchedule = 65'536;

// Places in `weights`, each at least once. Weights (all above 0) whose ratio can be written with whole
// numbers of a sum up to kMaxSchedule are kept exactly, others to 1/kMaxSchedule.
std::vector<uint32_t> WeightedSchedule(const std::vector<double>& weights);

}  // namespace portcullis::router
