// What clients of AxonFlow's API send. Nulls, missing and unknown fields are accepted everywhere but in the
// fields that a call cannot do without; a field of a wrong type is refused by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/tape.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

struct AxonFlowMedia {
  std::string mime_type;
  std::string url;     // one of the two
  std::string base64;  // the bytes
};

// POST /api/request.
struct ProxyBody {
  std::string query;
  std::string client_id;
  std::string request_type;
  std::string user_token;
  std::vector<AxonFlowMedia> media;
  bool skip_llm = false;
  bool stream = false;
  // of `context`
  std::string provider;
  std::string model;
  std::string system_prompt;
  std::optional<uint32_t> max_tokens;
  std::optional<double> temperature;
};

// POST /api/policy/pre-check.
struct PreCheckBody {
  std::string query;
  std::string client_id;
  std::string user_token;
  std::vector<std::string> data_sources;
};

// POST /api/audit/llm-call.
struct LlmCallBody {
  std::string context_id;
  std::string client_id;
  std::string provider;
  std::string model;
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  uint64_t latency_ms = 0;
};

// POST /api/v1/audit/search. An empty body searches everything.
struct AuditSearchBody {
  std::string user_email;
  std::string client_id;
  std::string start_time;
  std::string end_time;
  std::string action;
  std::string request_type;
  std::string decision_id;
  std::string policy_name;
  std::string override_id;
  uint64_t limit = 100;
  uint64_t offset = 0;
};

// POST /api/v1/decide.
struct DecideBody {
  std::string stage;
  std::string query;
  std::string user_token;
  std::string model;  // of `target`
};

// POST /api/v1/mcp/check-input.
struct CheckInputBody {
  std::string statement;
  std::string client_id;
  std::string content_type;
  std::string connector_type;
};

// POST /api/v1/mcp/check-output.
struct CheckOutputBody {
  std::string message;        // one of the two at least
  std::string response_data;  // the JSON of an array or object, as it came
};

// PUT /api/v1/llm-providers/routing ({"weights":{name:number}}) and, with `fractions`,
// /api/v1/providers/weights (the same or the bare object; numbers that sum up to at most 1): weights of
// providers as shares of 100, each above 0 (0 counts as the least share), at least one of them given as more
// than 0.
std::optional<std::string> ReadWeightsBody(std::string_view body, const json::Limits& limits, bool fractions,
                                           router::TargetWeights* out);

// Each fills `out`, or says what is wrong with the body.
std::optional<std::string> ReadProxyBody(std::string_view body, const json::Limits& limits, ProxyBody* out);
std::optional<std::string> ReadPreCheckBody(std::string_view body, const json::Limits& limits,
                                            PreCheckBody* out);
std::optional<std::string> ReadLlmCallBody(std::string_view body, const json::Limits& limits,
                                           LlmCallBody* out);
std::optional<std::string> ReadAuditSearchBody(std::string_view body, const json::Limits& limits,
                                               AuditSearchBody* out);
std::optional<std::string> ReadDecideBody(std::string_view body, const json::Limits& limits, DecideBody* out);
std::optional<std::string> ReadCheckInputBody(std::string_view body, const json::Limits& limits,
                                              CheckInputBody* out);
std::optional<std::string> ReadCheckOutputBody(std::string_view body, const json::Limits& limits,
                                               CheckOutputBody* out);

}  // namespace portcullis::edge
