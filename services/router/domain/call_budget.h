// How many extra attempts (retries, hedges) are allowed: a share of the recent calls, and a floor for when
// there are few. So a provider that fails everything gets at most that share more load, never a multiple.
//
// A bucket of tokens that forgets: each call adds `percent`/100 of a token, time adds the floor, and what is
// there decays with a time constant of kMemory. At a steady rate of r calls per second it holds
// kMemory x (r x percent/100 + floor).
//
// Belongs to one worker, and counts that worker's calls.
#pragma once

#include "libs/base/clock.h"

namespace portcullis::router {

class CallBudget {
 public:
  static constexpr std::chrono::seconds kMemory{10};

  CallBudget(double percent, double floor_per_second, base::MonotonicTime now);

  void OnCall(base::MonotonicTime now);

  // Takes a token for one extra attempt; false = there is none.
  bool Take(base::MonotonicTime now);

 private:
  void Age(base::MonotonicTime now);

  const double share_;
  const double floor_;  // what the floor alone fills the bucket to
  double tokens_;
  base::MonotonicTime aged_;
};

}  // namespace portcullis::router
