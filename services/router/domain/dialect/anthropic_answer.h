// Anthropic's answers as OpenAI's chat completions, whole and streamed.
//
// Texts become `content`, thinking `reasoning_content`, tool_use blocks `tool_calls`. Usage counts as OpenAI
// does: `prompt_tokens` are all tokens of the prompt, of which `prompt_tokens_details` tells those read from
// the cache and written to it.
#pragma once

#include <cstdint>
#include <memory>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

// `created` stands in the answers: Unix seconds.
std::unique_ptr<AnswerAdapter> MakeAnthropicAnswer(bool stream, int64_t created);

}  // namespace portcullis::router
