// What AxonFlow's paths need of the configuration and a reload changes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/api/cost.h"

namespace portcullis::edge {

// A target as far as these paths choose among them.
struct AxonFlowTarget {
  std::string id;
  std::string provider;
};

struct AxonFlowLive {
  std::vector<std::string> checks;  // the policies of the chain: "prompt-injection", ...
  std::vector<AxonFlowTarget> targets;
  // Price of a provider's model; nothing = unknown. Thread-safe.
  std::function<std::optional<router::Pricing>(std::string_view provider, std::string_view model)> price;
};

}  // namespace portcullis::edge
