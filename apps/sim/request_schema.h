// What each dialect accepts as a request body, checked as strictly as the service does.
//
// Mistral: the field names, types and required fields of the request models in Mistral's Python SDK (PyPI
// mistralai 3.7.0: ChatCompletionRequest, FIMCompletionRequest, EmbeddingRequest and what they contain); a
// field that they do not name is refused with 422, as the service does. Ranges are those of Mistral's API
// reference (temperature 0 to 1.5, top_p 0 to 1, penalties -2 to 2). Then the order of the messages and the
// form of tool call ids, refused with 400. OpenAI: types and ranges of the fields which the simulator uses;
// unknown fields pass. Refused with 400. Pure and thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "apps/sim/api_error.h"
#include "apps/sim/checker.h"

namespace portcullis::sim {

enum class Endpoint : uint8_t { kChat, kFim, kEmbeddings };

// The refusal, or nothing when the body is good.
std::optional<ApiError> CheckRequest(Provider provider, Endpoint endpoint, const boost::json::value& body);

// The refusal of a body that is not JSON.
ApiError InvalidJson(Provider provider, std::string_view reason);

// The parts, for CheckRequest.
void CheckMistralBody(Checker& checker, Endpoint endpoint, const boost::json::value& body);
void CheckMistralMessages(Checker& checker, const boost::json::value& messages);
void CheckOpenAiBody(Checker& checker, Endpoint endpoint, const boost::json::value& body);

// Mistral's rules about the sequence of messages, for a body that CheckMistralBody accepted.
std::optional<ApiError> CheckMessageOrder(const boost::json::array& messages);

}  // namespace portcullis::sim
