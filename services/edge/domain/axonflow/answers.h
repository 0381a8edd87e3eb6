// What clients of AxonFlow's API get: the envelopes of its platform, with what the gateway knows added.
//
// Arrays and objects are never null: its Python SDK refuses those.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::edge {

// What is the same in every answer of a gateway.
struct AxonFlowFacts {
  std::string version;
  std::string deployment_mode;
};

// The policies of the chain: "prompt-injection", ...
using Checks = std::vector<std::string>;

// RFC 3339, UTC, to the microsecond.
std::string Rfc3339(int64_t unix_micros);

// {"success":false,"error":...,"blocked":false}
std::string FailureBody(std::string_view message);

// {"error":{"code":404,"message":...}}
std::string NumberedErrorBody(int code, std::string_view message);

// Of POST /api/request. `chat` is the provider's answer, `record` what was recorded of the call.
std::string ProxyAnswer(const Checks& checks, const audit::Record& record, std::string_view chat);

// The same when no provider was to be asked.
std::string SkippedAnswer(const Checks& checks, const audit::Record& record);

// Blocked by a policy, with the reason for the client.
std::string BlockedAnswer(const Checks& checks, const audit::Record& record, std::string_view reason);

// The provider failed: `success` is false, the status stays 200.
std::string UpstreamFailedAnswer(const Checks& checks, const audit::Record& record, std::string_view reason);

// It would have cost more than a policy allows: 402, with the `budget_info` that SDKs look for in one.
std::string TooCostlyAnswer(const Checks& checks, const audit::Record& record, std::string_view reason);

struct PreCheckResult {
  std::string context_id;
  int64_t expires_at_us = 0;
  bool approved = false;
  std::string block_reason;
  bool with_data = false;  // the request named data sources
};

// Of POST /api/policy/pre-check.
std::string PreCheckAnswer(const PreCheckResult& result, const audit::Record& record);

// Of POST /api/audit/llm-call.
std::string LlmCallAnswer(std::string_view audit_id);

// Of GET /health.
std::string HealthAnswer(const AxonFlowFacts& facts, bool ready, int64_t now_us);

}  // namespace portcullis::edge
