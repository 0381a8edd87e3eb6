// A completion request as the gateway understands it: checked, with the few facts that it acts on.
// Everything else of the body stays bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/json/tape.h"
#include "services/edge/domain/openai_error.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

struct RequestLimits {
  uint32_t max_json_depth = 64;
  uint32_t max_messages = 10'000;
};

struct RequestFacts {
  router::Operation operation = router::Operation::kChatCompletions;
  std::string model;         // "" = not given
  uint32_t model_begin = 0;  // raw bytes of the value, quotes included; 0,0 = no such key
  uint32_t model_end = 0;
  bool stream = false;
  uint32_t choices = 1;            // `n`
  uint32_t max_output_tokens = 0;  // 0 = not said
  bool include_usage = false;      // `stream_options.include_usage`
  std::string user;
};

// Parses `body` onto `tape` and reads the facts. Returns what is wrong, or nothing.
//
// Refused with 400: text that is not strict JSON (with the byte), a root that is no object, duplicates of the
// keys that control the request (`model`, `messages`, `stream`, `role`, ...), wrong types of those, no
// messages, too many.
std::optional<ApiError> ParseRequest(router::Operation operation, std::string_view body,
                                     const RequestLimits& limits, json::Tape* tape, RequestFacts* facts);

// Tokens of a prompt, estimated: a token per 4 bytes of text, and 4 for each message.
uint32_t EstimateTokens(uint64_t text_bytes, uint64_t messages);

}  // namespace portcullis::edge
