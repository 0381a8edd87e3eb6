// The chat completion that stands for a query of AxonFlow's API.
#pragma once

#include <string>
#include <string_view>

#include "services/edge/domain/axonflow/bodies.h"

namespace portcullis::edge {

// A request body for /v1/chat/completions: the system prompt if there is one, then the query with its media
// as images. Nothing is added that the client did not say: no default prompt, temperature or length.
std::string ChatBody(const ProxyBody& request);

// The same for a query alone.
std::string ChatBody(std::string_view query);

}  // namespace portcullis::edge
