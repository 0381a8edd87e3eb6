// Names of the attributes that spans about calls of models have: OpenTelemetry's semantic conventions for
// generative AI (https://opentelemetry.io/docs/specs/semconv/gen-ai/) and for HTTP.
#pragma once

#include <string_view>

namespace portcullis::telemetry {

inline constexpr std::string_view kErrorType = "error.type";
inline constexpr std::string_view kHttpMethod = "http.request.method";
inline constexpr std::string_view kHttpRoute = "http.route";
inline constexpr std::string_view kHttpStatus = "http.response.status_code";

namespace gen_ai {

inline constexpr std::string_view kOperation = "gen_ai.operation.name";
inline constexpr std::string_view kProvider = "gen_ai.provider.name";
inline constexpr std::string_view kRequestModel = "gen_ai.request.model";
inline constexpr std::string_view kResponseModel = "gen_ai.response.model";
inline constexpr std::string_view kFinishReasons = "gen_ai.response.finish_reasons";
inline constexpr std::string_view kInputTokens = "gen_ai.usage.input_tokens";
inline constexpr std::string_view kOutputTokens = "gen_ai.usage.output_tokens";

// The conventions' name of "chat.completions", "fim.completions" or "embeddings"; others as they are.
std::string_view OperationOf(std::string_view operation);

// The conventions' name of a provider of the configuration ("mistral"); others as they are.
std::string_view ProviderOf(std::string_view provider);

}  // namespace gen_ai
}  // namespace portcullis::telemetry
