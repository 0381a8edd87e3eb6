// What stands for a query of AxonFlow's API, and for an output, where the policies look at one.
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

// The text of the only message of such a body.
std::string QueryOf(std::string_view chat_body);

// A whole answer that holds an output: {"message":...,"response_data":{"arguments":...}}. What a member
// "arguments" says is examined as JSON.
std::string AnswerBody(const CheckOutputBody& output);

// The output that such an answer holds.
CheckOutputBody OutputOf(std::string_view answer_body);

}  // namespace portcullis::edge
