// The content of an answer: deterministic, made from the call alone.
//
// In this order: the directives of the last user message (directives.h); a tool call when tool_choice wants
// one, with arguments made from the schema; JSON when response_format wants it; else a sentence that repeats
// the start of the last user message. A tool is not called again when the last message is a tool's answer.
// Tokens are words (text.h). `max_tokens` and `stop` are honoured. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sim/api_error.h"
#include "apps/sim/directives.h"
#include "apps/sim/model_call.h"

namespace portcullis::sim {

struct ToolCall {
  std::string id;  // 9 alphanumeric characters (Mistral), "call_" and 24 (OpenAI)
  std::string name;
  std::string arguments;  // JSON
};

struct Answer {
  std::string reasoning;
  bool reasoning_as_part =
      false;  // in `content`, as Mistral's reasoning models do; else in `reasoning_content`
  std::string content;
  std::vector<ToolCall> tool_calls;
  std::string_view finish_reason = "stop";  // or "length", "tool_calls"
  int64_t tokens = 0;
};

struct Usage {
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
};

// The answer of choice `index`. The choices of one call differ, unless a directive fixes the text.
Answer MakeAnswer(const ModelCall& call, const Directives& directives, Provider provider, int index);

// The completion of a FIM call.
Answer MakeFimAnswer(const ModelCall& call, const Directives& directives);

}  // namespace portcullis::sim
