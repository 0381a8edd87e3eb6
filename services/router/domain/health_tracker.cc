#include "services/router/domain/health_tracker.h"

namespace portcullis::router {

bool HealthTracker::Record(bool good) {
  const bool healthy = healthy_.load(std::memory_order_relaxed);
  if (good == healthy) {
    against_ = 0;
    return false;
  }
  if (++against_ < (healthy ? unhealthy_threshold_ : healthy_threshold_)) return false;
  against_ = 0;
  healthy_.store(good, std::memory_order_relaxed);
  return true;
}

}  // namespace portcullis::router
