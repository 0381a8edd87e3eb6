// The models that the simulator pretends to serve, and their list.
//
// Mistral's dialect has the ids of kMistralModels, OpenAI's has these and OpenAI's own; names that begin with
// "sim-" exist in both. Pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "apps/sim/api_error.h"

namespace portcullis::sim {

bool ModelExists(Provider provider, std::string_view model);

// The number of dimensions of a model's embeddings when the request asks for none.
int DefaultDimensions(std::string_view model);

// The body of GET /v1/models. Entries carry `type` and `capabilities`, which Mistral's SDK requires.
std::string RenderModels(Provider provider, int64_t created);

}  // namespace portcullis::sim
