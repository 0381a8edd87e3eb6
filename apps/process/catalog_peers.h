// The policy services whose catalogue the edge asks, and has changed, by AxonFlow's API.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apps/config/load_config.h"

namespace portcullis::app {

// Services with one database are as good as each other: all of them, in order. Else each has a catalogue of
// its own, and the first counts.
std::vector<std::string> CatalogPeers(const LoadedConfig& config);

using ResolvePeer = std::function<absl::StatusOr<std::vector<std::string>>(const std::string& target)>;

// What is to be told at the start when one name stands for several services that each keep a catalogue of
// their own, so that a change is known to one of them alone. `resolve`: rpc::ResolveNow; a name of which
// nothing is known yet is passed over.
std::optional<std::string> SeparateCatalogs(const LoadedConfig& config, const ResolvePeer& resolve);

}  // namespace portcullis::app
