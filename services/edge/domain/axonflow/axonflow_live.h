// What AxonFlow's paths need of the configuration and a reload changes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/api/cost.h"

namespace portcullis::edge {

// A target as far as these paths choose among them and tell of them.
struct AxonFlowTarget {
  std::string id;
  std::string provider;
  std::string model;     // that goes upstream when the client names none; "" = the client's
  std::string endpoint;  // its base URL
  double weight = 1;
  int priority = 0;
  int64_t timeout_seconds = 0;
};

// How circuits are configured. Times in seconds.
struct AxonFlowCircuits {
  int64_t error_threshold = 0;
  int64_t window_seconds = 0;
  int64_t default_timeout_seconds = 0;
  int64_t max_timeout_seconds = 0;
};

struct AxonFlowLive {
  std::vector<std::string> checks;  // the policies of the chain: "prompt-injection", ...
  std::vector<AxonFlowTarget> targets;
  AxonFlowCircuits circuits;
  // Price of a provider's model; nothing = unknown. Thread-safe.
  std::function<std::optional<router::Pricing>(std::string_view provider, std::string_view model)> price;
};

}  // namespace portcullis::edge
