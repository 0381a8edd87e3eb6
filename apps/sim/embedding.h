// Embeddings: deterministic vectors of length 1 in which texts that share words are near each other.
//
// Each word sets a few dimensions, chosen by its hash (feature hashing). Pure and thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sim/api_error.h"

namespace portcullis::sim {

std::vector<float> Embed(std::string_view text, size_t dimensions);

// The body of the answer to a checked request, or the refusal (too many inputs: 2048; too many dimensions:
// 4096). Encodings: float and base64 (little-endian float32); Mistral's output_dtype int8, uint8, binary and
// ubinary too.
struct EmbeddingReply {
  std::optional<ApiError> error;
  std::string body;
};
EmbeddingReply RenderEmbeddings(Provider provider, const boost::json::object& body, std::string_view id,
                                bool with_usage);

}  // namespace portcullis::sim
