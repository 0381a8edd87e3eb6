#pragma once

#include <algorithm>
#include <thread>

#include "apps/config/load_config.h"

namespace portcullis::app {

// `gateway.workers`, or as many as the machine has cores.
inline int WorkerCount(const LoadedConfig& config) {
  if (config.edge.workers > 0) return static_cast<int>(config.edge.workers);
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

}  // namespace portcullis::app
