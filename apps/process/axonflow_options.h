#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "apps/config/load_config.h"
#include "services/edge/app/edge_component.h"

namespace portcullis::app {

// What the edge needs to serve AxonFlow's API; nullopt when it is switched off. FAILED_PRECONDITION: the file
// of the context key cannot be used.
absl::StatusOr<std::optional<edge::AxonFlowOptions>> AxonFlowOptionsOf(const LoadedConfig& config);

// Of it what a reload changes.
edge::AxonFlowLive AxonFlowLiveOf(const LoadedConfig& config);

}  // namespace portcullis::app
