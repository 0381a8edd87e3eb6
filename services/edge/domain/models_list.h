// GET /v1/models: the targets as models, in a shape that OpenAI's and Mistral's SDKs both take.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/api/router_api.h"

namespace portcullis::edge {

// {"object":"list","data":[...]}: each model once, then each target id that is no model.
std::string ModelsList(const std::vector<router::TargetStatus>& targets);

// One entry, by model or target id, or nothing.
std::optional<std::string> ModelEntry(const std::vector<router::TargetStatus>& targets, std::string_view id);

}  // namespace portcullis::edge
