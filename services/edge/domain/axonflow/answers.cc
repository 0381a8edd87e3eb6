#include "services/edge/domain/axonflow/answers.h"

#include <algorithm>
#include <cstdio>

#include "absl/time/time.h"
#include "libs/base/strings.h"
#include "libs/json/tape.h"
#include "libs/json/text.h"
#include "services/edge/domain/axonflow/record_facts.h"

namespace portcullis::edge {
namespace {

using audit::Record;

// The text with which the platform answers when no model is to be asked.
constexpr std::string_view kSkipped = "test_response_hourly_validation";

struct Capability {
  std::string_view name;
  std::string_view since;
  std::string_view description;
};

constexpr Capability kCapabilities[] = {
    {"health_check", "1.0.0", "GET /health"},
    {"proxy_llm_call", "1.0.0", "POST /api/request"},
    {"gateway_mode", "1.0.0", "POST /api/policy/pre-check"},
    {"audit_llm_call", "1.0.0", "POST /api/audit/llm-call"},
    {"circuit_breaker", "1.0.0", "GET /api/v1/circuit-breaker/status"},
    {"static_policies", "1.0.0", "/api/v1/static-policies"},
    {"dynamic_policies", "1.0.0", "/api/v1/dynamic-policies"},
    {"mcp_check_endpoints", "1.0.0", "POST /api/v1/mcp/check-input, /api/v1/mcp/check-output"},
};

std::string Quoted(std::string_view text) {
  std::string out;
  json::AppendQuoted(json::SanitizeUtf8(text), &out);
  return out;
}

std::string List(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += base::StrCat(out.size() > 1 ? "," : "", Quoted(text));
  return out + "]";
}

// The policy that refused.
std::string RefusingPolicy(const Record& record) {
  for (const audit::PolicyFinding& finding : record.findings) {
    if (finding.policy == record.policy && (finding.action == "block" || finding.action == "escalate")) {
      return NameOf(finding);
    }
  }
  return record.policy;
}

std::vector<std::string> RedactedFields(const Record& record) {
  std::vector<std::string> fields;
  for (const audit::PolicyFinding& finding : record.findings) {
    if (finding.action != "redact") continue;
    std::string field = base::StrCat(finding.direction == "output" ? "response." : "query.", finding.rule);
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(std::move(field));
  }
  return fields;
}

std::string Milliseconds(uint64_t micros) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2fms", static_cast<double>(micros) / 1000.0);
  return text;
}

std::string PolicyInfo(const Checks& checks, const Record& record) {
  return base::StrCat(
      "{\"policies_evaluated\":", List(TriggeredPolicies(record)), ",\"static_checks\":", List(checks),
      ",\"processing_time\":\"", Milliseconds(record.policy_us), "\",\"tenant_id\":",
      Quoted(record.principal.empty() ? std::string_view("community") : record.principal), "}");
}

std::string Metadata(const Record& record) {
  const std::vector<std::string> redacted = RedactedFields(record);
  char cost[40] = "";
  if (record.cost_usd) std::snprintf(cost, sizeof(cost), ",\"cost_usd\":%.9f", *record.cost_usd);
  return base::StrCat(
      "{\"processed_at\":\"", Rfc3339(record.time_us), "\",\"request_id\":", Quoted(record.request_id),
      ",\"provider\":", Quoted(record.provider), ",\"model\":", Quoted(record.upstream_model),
      ",\"target\":", Quoted(record.target), ",\"attempts\":", record.attempts.size(),
      ",\"response_time_ms\":", record.total_us / 1000, ",\"prompt_tokens\":", record.prompt_tokens,
      ",\"completion_tokens\":", record.completion_tokens,
      ",\"tokens_used\":", record.prompt_tokens + record.completion_tokens,
      ",\"tokens_estimated\":", record.tokens_estimated ? "true" : "false", cost,
      ",\"redacted\":", redacted.empty() ? "false" : "true", ",\"redacted_fields\":", List(redacted), "}");
}

// Everything after `success` and `blocked` that each answer to a proxy call has.
std::string Common(const Checks& checks, const Record& record) {
  return base::StrCat(",\"request_id\":", Quoted(record.request_id), ",\"metadata\":", Metadata(record),
                      ",\"policy_info\":", PolicyInfo(checks, record), "}");
}

std::string SuccessAnswer(const Checks& checks, const Record& record, std::string_view data) {
  return base::StrCat("{\"success\":true,\"blocked\":false,\"data\":{\"data\":", data,
                      ",\"metadata\":", Metadata(record), "}", Common(checks, record));
}

// An answer that is JSON itself stands as JSON, as the platform does it; anything else as a string.
std::string AsData(std::string text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    json::Tape tape;
    if (tape.Parse(text).ok()) return text;
  }
  return Quoted(text);
}

// The content of the first choice; of an answer with tool calls alone those, as JSON.
std::string DataOf(std::string_view chat) {
  json::Tape tape;
  if (!tape.Parse(chat).ok()) return "\"\"";
  const json::Node* choices = tape.Find(tape.root(), "choices");
  if (choices == nullptr || choices->kind != json::Kind::kArray) return "\"\"";
  for (const json::Node& choice : tape.Children(*choices)) {
    const json::Node* message = choice.kind == json::Kind::kObject ? tape.Find(choice, "message") : nullptr;
    if (message == nullptr || message->kind != json::Kind::kObject) break;
    const json::Node* content = tape.Find(*message, "content");
    if (content != nullptr && content->kind == json::Kind::kString && content->end - content->begin > 2) {
      std::string text;
      json::Unescape(tape.RawString(*content), &text);
      return AsData(std::move(text));
    }
    const json::Node* tools = tape.Find(*message, "tool_calls");
    if (tools != nullptr && tools->kind == json::Kind::kArray) {
      return base::StrCat("{\"tool_calls\":", tape.Raw(*tools), "}");
    }
    break;
  }
  return "\"\"";
}

}  // namespace

std::string Rfc3339(int64_t unix_micros) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(unix_micros), absl::UTCTimeZone());
}

std::string FailureBody(std::string_view message) {
  return base::StrCat("{\"success\":false,\"error\":", Quoted(message), ",\"blocked\":false}");
}

std::string NumberedErrorBody(int code, std::string_view message) {
  return base::StrCat("{\"error\":{\"code\":", code, ",\"message\":", Quoted(message), "}}");
}

std::string ProxyAnswer(const Checks& checks, const Record& record, std::string_view chat) {
  return SuccessAnswer(checks, record, DataOf(chat));
}

std::string SkippedAnswer(const Checks& checks, const Record& record) {
  Record skipped = record;
  skipped.provider = "mock";
  skipped.upstream_model = "test";
  return SuccessAnswer(checks, skipped, Quoted(kSkipped));
}

std::string BlockedAnswer(const Checks& checks, const Record& record, std::string_view reason) {
  return base::StrCat("{\"success\":false,\"blocked\":true,\"block_reason\":", Quoted(reason),
                      ",\"policy\":", Quoted(RefusingPolicy(record)), Common(checks, record));
}

std::string UpstreamFailedAnswer(const Checks& checks, const Record& record, std::string_view reason) {
  const std::string error = Quoted(base::StrCat("LLM routing failed: ", reason));
  return base::StrCat("{\"success\":false,\"blocked\":false,\"error\":", error,
                      ",\"data\":{\"success\":false,\"error\":", error, "}", Common(checks, record));
}

std::string TooCostlyAnswer(const Checks& checks, const Record& record, std::string_view reason) {
  const std::string why = Quoted(reason), policy = Quoted(record.policy);
  return base::StrCat("{\"success\":false,\"blocked\":true,\"block_reason\":", why, ",\"error\":", why,
                      ",\"message\":", why, ",\"policy\":", policy,
                      ",\"budget_info\":{\"budget_id\":", policy, ",\"budget_name\":", policy,
                      ",\"exceeded\":true,\"action\":\"block\"}", Common(checks, record));
}

std::string PreCheckAnswer(const PreCheckResult& result, const Record& record) {
  std::string out = base::StrCat(
      "{\"context_id\":", Quoted(result.context_id), ",\"approved\":", result.approved ? "true" : "false",
      ",\"requires_redaction\":", RedactedFields(record).empty() ? "false" : "true",
      ",\"policies\":", List(TriggeredPolicies(record)), ",\"expires_at\":\"", Rfc3339(result.expires_at_us),
      "\"");
  if (result.approved && result.with_data) out += ",\"approved_data\":{}";
  if (!result.approved) out += base::StrCat(",\"block_reason\":", Quoted(result.block_reason));
  return out + "}";
}

std::string LlmCallAnswer(std::string_view audit_id) {
  return base::StrCat("{\"success\":true,\"audit_id\":", Quoted(audit_id), "}");
}

std::string HealthAnswer(const AxonFlowFacts& facts, bool ready, int64_t now_us) {
  std::string capabilities;
  for (const Capability& row : kCapabilities) {
    capabilities += base::StrCat(capabilities.empty() ? "" : ",", "{\"name\":\"", row.name, "\",\"since\":\"",
                                 row.since, "\",\"description\":\"", row.description, "\"}");
  }
  return base::StrCat("{\"status\":\"", ready ? "healthy" : "starting",
                      "\",\"service\":\"portcullis\",\"version\":", Quoted(facts.version),
                      ",\"timestamp\":\"", Rfc3339(now_us),
                      "\",\"deployment_mode\":", Quoted(facts.deployment_mode), ",\"capabilities\":[",
                      capabilities, "]}");
}

}  // namespace portcullis::edge
