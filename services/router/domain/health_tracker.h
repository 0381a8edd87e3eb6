// A target's health as its probes see it: bad after `unhealthy_threshold` consecutive failed probes, good
// again after `healthy_threshold` consecutive good ones. Healthy while nothing has been probed.
//
// One thread records; any thread reads.
#pragma once

#include <atomic>

#include "services/router/domain/router_options.h"

namespace portcullis::router {

class HealthTracker {
 public:
  explicit HealthTracker(const HealthProbeOptions& options)
      : unhealthy_threshold_(options.unhealthy_threshold), healthy_threshold_(options.healthy_threshold) {}

  bool healthy() const { return healthy_.load(std::memory_order_relaxed); }

  // True when this probe changed `healthy()`.
  bool Record(bool good);

 private:
  const int unhealthy_threshold_;
  const int healthy_threshold_;
  std::atomic<bool> healthy_{true};
  int against_ = 0;  // consecutive probes that speak against the present state
};

}  // namespace portcullis::router
