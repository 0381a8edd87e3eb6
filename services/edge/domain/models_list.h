// GET /v1/models: what a request can name as its model, in a shape that OpenAI's and Mistral's SDKs both
// take.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/api/router_api.h"

namespace portcullis::edge {

// {"object":"list","data":[...]}: each model once, then the names and aliases of groups, then the ids of
// targets.
std::string ModelsList(const std::vector<router::TargetStatus>& targets);

// One entry, by its id, or nothing.
std::optional<std::string> ModelEntry(const std::vector<router::TargetStatus>& targets, std::string_view id);

}  // namespace portcullis::edge
