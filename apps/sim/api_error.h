// The dialects that the simulator speaks, and their error answers.
//
// Mistral: {"object":"error","message":...,"type":...,"param":null,"code":...}; a refused key is
// {"detail":"Unauthorized"}. OpenAI: {"error":{"message":...,"type":...,"param":...,"code":...}}.
// Azure: OpenAI's with `code` and `message` alone. Anthropic:
// {"type":"error","error":{"type":...,"message":...}}. Texts and codes follow answers of the real services as
// users have published them. Pure and thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::sim {

enum class Provider : uint8_t { kMistral, kOpenAi, kAzure, kAnthropic };

struct ApiError {
  int status = 500;
  std::string body;
  std::string content_type = "application/json";
};

// An empty `code` or `param` becomes null. Mistral's shape keeps `param` null.
ApiError MakeError(Provider provider, int status, std::string_view message, std::string_view type,
                   std::string_view code = {}, std::string_view param = {});

ApiError Unauthorized(Provider provider, bool key_missing);
ApiError UnknownModel(Provider provider, std::string_view model);
ApiError ContextTooLong(Provider provider, int64_t tokens);
// The prompt was refused by the provider's content filter.
ApiError ContentFiltered(Provider provider);
ApiError NotFound(Provider provider, std::string_view method, std::string_view path);

// The answer for 401, 429, 500, 502, 503, 529 (502 is the HTML page of a proxy).
ApiError StatusError(Provider provider, int status);

}  // namespace portcullis::sim
