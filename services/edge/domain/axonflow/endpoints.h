// Paths of AxonFlow's API that more than one part of the edge knows, as records name them.
#pragma once

#include <string_view>

namespace portcullis::edge {

inline constexpr std::string_view kPreCheckPath = "/api/policy/pre-check";
inline constexpr std::string_view kLlmCallPath = "/api/audit/llm-call";
inline constexpr std::string_view kCheckInputPath = "/api/v1/mcp/check-input";
inline constexpr std::string_view kCheckOutputPath = "/api/v1/mcp/check-output";

}  // namespace portcullis::edge
