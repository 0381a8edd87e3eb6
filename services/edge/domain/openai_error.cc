#include "services/edge/domain/openai_error.h"

#include "libs/base/strings.h"
#include "libs/json/text.h"

namespace portcullis::edge {
namespace {

using router::Outcome;

struct UpstreamRow {
  Outcome outcome;
  int status;
  std::string_view type;
  std::string_view code;
};

constexpr UpstreamRow kUpstream[] = {
    {Outcome::kNoTarget, 404, "invalid_request_error", "model_not_found"},
    {Outcome::kUnavailable, 503, "upstream_error", "no_healthy_upstream"},
    {Outcome::kContextTooLong, 400, "invalid_request_error", "context_length_exceeded"},
    {Outcome::kBadRequest, 400, "invalid_request_error", "upstream_rejected"},
    {Outcome::kUpstreamAuth, 502, "upstream_error", "upstream_auth"},
    {Outcome::kRateLimited, 429, "rate_limit_error", "upstream_rate_limited"},
    {Outcome::kTimeout, 504, "upstream_error", "upstream_timeout"},
    {Outcome::kConnectFailed, 502, "upstream_error", "upstream_connect_failed"},
    {Outcome::kUpstreamError, 502, "upstream_error", "upstream_error"},
    {Outcome::kCut, 502, "upstream_error", "upstream_cut"},
    {Outcome::kCancelled, 499, "request_cancelled", "client_departed"},
    {Outcome::kOverloaded, 503, "overloaded", "router_overloaded"},
    {Outcome::kContentFiltered, 400, "invalid_request_error", "content_filter"},
    {Outcome::kCostTooHigh, 402, "cost_limit", "cost_limit_exceeded"},
};

void AppendField(std::string_view name, std::string_view value, bool null_if_empty, std::string* out) {
  *out += base::StrCat("\"", name, "\":");
  if (null_if_empty && value.empty()) {
    *out += "null";
  } else {
    json::AppendQuoted(json::SanitizeUtf8(value), out);
  }
}

}  // namespace

std::string ApiError::Json() const {
  std::string out = "{\"error\":{";
  AppendField("message", message, false, &out);
  out += ',';
  AppendField("type", type, false, &out);
  out += ',';
  AppendField("param", param, true, &out);
  out += ',';
  AppendField("code", code, true, &out);
  if (!policy.empty()) {
    out += ',';
    AppendField("policy", policy, false, &out);
  }
  out += "}}";
  return out;
}

ApiError InvalidRequest(std::string_view code, std::string_view message, std::string_view param, int status) {
  ApiError error;
  error.status = status;
  error.type = "invalid_request_error";
  error.code = code;
  error.message = message;
  error.param = param;
  return error;
}

ApiError PolicyViolation(const policy::Decision& decision, bool output, int block_status) {
  ApiError error;
  error.status = block_status;
  error.type = "policy_violation";
  const bool escalated = decision.action == policy::Action::kEscalate;
  error.code = escalated ? "escalation_required" : output ? "output_blocked" : "input_blocked";
  error.message = decision.message;
  error.policy = decision.policy;
  error.no_retry = true;
  return error;
}

ApiError PolicyUnavailable(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return InvalidRequest("text_too_large", base::Message(status), "messages", 413);
  }
  ApiError error;
  error.status = status.code() == absl::StatusCode::kDeadlineExceeded ? 504 : 503;
  error.type = "policy_error";
  error.code = "policy_unavailable";
  error.message = base::StrCat("the policies could not be evaluated: ", base::Message(status));
  error.retry_after_seconds = 1;
  return error;
}

ApiError UpstreamFailure(const router::CallSummary& summary) {
  ApiError error;
  for (const UpstreamRow& row : kUpstream) {
    if (row.outcome != summary.outcome) continue;
    error.status = row.status;
    error.type = row.type;
    error.code = row.code;
  }
  error.message = summary.message;
  error.param = summary.param;
  error.retry_after_seconds = summary.retry_after_seconds;
  if (error.retry_after_seconds == 0 && error.status == 503) error.retry_after_seconds = 1;
  return error;
}

ApiError AuditUnavailable() {
  ApiError error;
  error.status = 503;
  error.type = "audit_error";
  error.code = "audit_unavailable";
  error.message = "the audit record could not be written, and requests without a record are refused";
  error.retry_after_seconds = 5;
  return error;
}

ApiError Overloaded(std::string_view message) {
  ApiError error;
  error.status = 503;
  error.type = "overloaded";
  error.code = "gateway_overloaded";
  error.message = message;
  error.retry_after_seconds = 1;
  return error;
}

ApiError TooManyUnderWay() {
  return Overloaded("too many requests are under way; try again in a moment");
}

ApiError FromHttpStatus(int status, std::string_view code, std::string_view message) {
  ApiError error = status == 503 ? Overloaded(message) : InvalidRequest(code, message, "", status);
  error.code = code;
  return error;
}

}  // namespace portcullis::edge
