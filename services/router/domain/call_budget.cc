#include "services/router/domain/call_budget.h"

#include <chrono>
#include <cmath>

namespace portcullis::router {

CallBudget::CallBudget(double percent, double floor_per_second, base::MonotonicTime now)
    : share_(percent / 100),
      floor_(floor_per_second * static_cast<double>(kMemory.count())),
      tokens_(floor_),
      aged_(now) {}

void CallBudget::Age(base::MonotonicTime now) {
  const std::chrono::duration<double> passed = now - aged_;
  if (passed.count() <= 0) return;
  aged_ = now;
  const double left = std::exp(-passed.count() / static_cast<double>(kMemory.count()));
  tokens_ = tokens_ * left + floor_ * (1 - left);
}

void CallBudget::OnCall(base::MonotonicTime now) {
  Age(now);
  tokens_ += share_;
}

bool CallBudget::Take(base::MonotonicTime now) {
  Age(now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace portcullis::router
