#include "apps/sim/api_error.h"

#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr int64_t kMaxContext = 131072;

void AppendNullable(std::string& out, std::string_view key, std::string_view value) {
  out += ",\"";
  out += key;
  out += "\":";
  if (value.empty()) {
    out += "null";
  } else {
    AppendJsonString(out, value);
  }
}

std::string_view OverloadText(int status) {
  return status == 503 ? "Service unavailable." : "Service tier capacity exceeded for this model.";
}

ApiError AnthropicStatus(int status) {
  switch (status) {
    case 429:
      return MakeError(Provider::kAnthropic, 429, "This request would exceed your rate limit",
                       "rate_limit_error");
    case 503:
    case 529:
      return MakeError(Provider::kAnthropic, status, "Overloaded", "overloaded_error");
    default:
      return MakeError(Provider::kAnthropic, status, "Internal server error", "api_error");
  }
}

}  // namespace

ApiError MakeError(Provider provider, int status, std::string_view message, std::string_view type,
                   std::string_view code, std::string_view param) {
  if (provider == Provider::kAnthropic) {
    return {.status = status,
            .body = base::StrCat(R"({"type":"error","error":{"type":)", JsonString(type), R"(,"message":)",
                                 JsonString(message), R"(},"request_id":"req_sim"})")};
  }
  if (provider == Provider::kAzure) {
    return {.status = status,
            .body = base::StrCat(R"({"error":{"code":)", JsonString(code.empty() ? type : code),
                                 R"(,"message":)", JsonString(message), "}}")};
  }
  const bool mistral = provider == Provider::kMistral;
  std::string body = mistral ? R"({"object":"error","message":)" : R"({"error":{"message":)";
  AppendJsonString(body, message);
  AppendNullable(body, "type", type);
  AppendNullable(body, "param", mistral ? std::string_view() : param);
  AppendNullable(body, "code", code);
  body += mistral ? "}" : "}}";
  return {.status = status, .body = std::move(body)};
}

ApiError Unauthorized(Provider provider, bool key_missing) {
  if (provider == Provider::kMistral) return {.status = 401, .body = R"({"detail":"Unauthorized"})"};
  if (provider == Provider::kAnthropic) {
    return MakeError(provider, 401, key_missing ? "x-api-key header is required" : "invalid x-api-key",
                     "authentication_error");
  }
  if (provider == Provider::kAzure) {
    return MakeError(
        provider, 401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
        "key for an active subscription and use a correct regional API endpoint for your resource.",
        "", "401");
  }
  const std::string_view message =
      key_missing ? "You didn't provide an API key." : "Incorrect API key provided.";
  return MakeError(provider, 401, message, "invalid_request_error", "invalid_api_key");
}

ApiError UnknownModel(Provider provider, std::string_view model) {
  if (provider == Provider::kMistral) {
    return MakeError(provider, 400, base::StrCat("Invalid model: ", model), "invalid_model", "1500");
  }
  if (provider == Provider::kAnthropic) {
    return MakeError(provider, 404, base::StrCat("model: ", model), "not_found_error");
  }
  if (provider == Provider::kAzure) {
    return MakeError(
        provider, 404,
        "The API deployment for this resource does not exist. If you created the deployment within the "
        "last 5 minutes, please wait a moment and try again.",
        "", "DeploymentNotFound");
  }
  const auto message =
      base::StrCat("The model `", model, "` does not exist or you do not have access to it.");
  return MakeError(provider, 404, message, "invalid_request_error", "model_not_found");
}

ApiError ContextTooLong(Provider provider, int64_t tokens) {
  tokens += kMaxContext;
  if (provider == Provider::kMistral) {
    const auto message =
        base::StrCat("Prompt contains ", tokens, " tokens and 0 draft tokens, too large for model with ",
                     kMaxContext, " maximum context length");
    return MakeError(provider, 400, message, "invalid_request_prompt", "3051");
  }
  if (provider == Provider::kAnthropic) {
    return MakeError(provider, 400,
                     base::StrCat("prompt is too long: ", tokens, " tokens > ", kMaxContext, " maximum"),
                     "invalid_request_error");
  }
  const auto message = base::StrCat("This model's maximum context length is ", kMaxContext,
                                    " tokens. However, your messages resulted in ", tokens,
                                    " tokens. Please reduce the length of the messages.");
  return MakeError(provider, 400, message, "invalid_request_error", "context_length_exceeded", "messages");
}

ApiError NotFound(Provider provider, std::string_view method, std::string_view path) {
  if (provider == Provider::kMistral) {
    return {.status = 404, .body = R"({"message":"no Route matched with those values"})"};
  }
  if (provider == Provider::kAzure) return MakeError(provider, 404, "Resource not found", "", "404");
  const bool anthropic = provider == Provider::kAnthropic;
  return MakeError(provider, 404, base::StrCat("Invalid URL (", method, " ", path, ")"),
                   anthropic ? "not_found_error" : "invalid_request_error");
}

ApiError ContentFiltered(Provider provider) {
  constexpr std::string_view kMessage =
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
      "Please "
      "modify your prompt and retry.";
  if (provider != Provider::kAzure) {
    return MakeError(provider, 400, "The prompt was refused by the content filter.", "invalid_request_error",
                     "content_filter");
  }
  return {.status = 400,
          .body = base::StrCat(
              R"({"error":{"message":)", JsonString(kMessage),
              R"(,"type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{)",
              R"("code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,)",
              R"("severity":"high"}}}}})")};
}

ApiError StatusError(Provider provider, int status) {
  if (provider == Provider::kAnthropic && status != 401 && status != 502) return AnthropicStatus(status);
  const bool mistral = provider == Provider::kMistral;
  switch (status) {
    case 401:
      return Unauthorized(provider, false);
    case 429:
      return mistral ? MakeError(provider, 429, "Rate limit exceeded", "rate_limited", "1300")
                     : MakeError(provider, 429, "Rate limit reached for requests", "requests",
                                 "rate_limit_exceeded");
    case 502:
      return {
          .status = 502,
          .body =
              "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
          .content_type = "text/html"};
    case 503:
    case 529:
      return mistral
                 ? MakeError(provider, status, OverloadText(status), "service_unavailable", "3505")
                 : MakeError(provider, status, "The engine is currently overloaded, please try again later",
                             "server_error");
    default:
      return mistral ? MakeError(provider, status, "Internal server error", "internal_server_error", "1000")
                     : MakeError(provider, status, "The server had an error while processing your request",
                                 "server_error");
  }
}

}  // namespace portcullis::sim
