// A chat completion as Anthropic's Messages API takes it.
//
//   - system and developer messages become `system`, in their order; the rest `messages`, of which those that
//     follow each other in one role become one.
//   - `tool_calls` become tool_use blocks, messages of tools tool_result blocks of the user.
//   - images by data: URL become base64 sources, others url sources; files as PDF data: URLs become
//   documents.
//   - `response_format` with a schema becomes `output_config.format`.
//   - `max_tokens`, which Anthropic demands, is the target's default when the client says nothing.
// Fields that OpenAI does not have pass as they are, so that Anthropic's own (`thinking`, `top_k`) can be
// sent.
#pragma once

#include <cstdint>
#include <string>

#include "libs/json/tape.h"
#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

// For a body to which AnthropicRules were applied. False when something in it has no form at Anthropic.
bool ToAnthropicRequest(const json::Tape& tape, uint32_t default_max_tokens, std::string* body,
                        Refusal* refusal);

}  // namespace portcullis::router
