// Errors as OpenAI's clients expect them: the one table from what happened to status, type and code.
//
// The body is {"error":{"message","type","param","code"[,"policy"]}}. Statuses are chosen by how the SDKs
// behave (docs/clients.md): 400 is never sent again, 409 would be.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/policy/api/policy_api.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

struct ApiError {
  ApiError() = default;  // no aggregate: GCC 12 copies those bitwise within co_await expressions

  int status = 500;
  std::string type;     // "invalid_request_error", "policy_violation", "upstream_error", "overloaded", ...
  std::string code;     // "invalid_json", "input_blocked", "upstream_timeout", ...
  std::string message;  // what, where, how to fix it
  std::string param;    // "" = null
  std::string policy;   // set for policy violations
  int retry_after_seconds = 0;
  bool no_retry = false;  // send `x-should-retry: false`

  // The JSON body.
  std::string Json() const;

  // The same as an SSE event, for streams that have begun.
  std::string Event() const { return "data: " + Json() + "\n\n"; }
};

// The caller's mistake: 400, or what `status` says.
ApiError InvalidRequest(std::string_view code, std::string_view message, std::string_view param = "",
                        int status = 400);

// A block or an escalation by policy. `output`: of the answer rather than of the request.
ApiError PolicyViolation(const policy::Decision& decision, bool output, int block_status);

// A policy service that failed or could not be reached.
ApiError PolicyUnavailable(const absl::Status& status);

// A router call that did not end in kOk.
ApiError UpstreamFailure(const router::CallSummary& summary);

// The audit record could not be written and the fail mode is block.
ApiError AuditUnavailable();

// A limit of the gateway itself is reached: 503 with retry-after.
ApiError Overloaded(std::string_view message);
ApiError TooManyUnderWay();

// Errors that the HTTP server found before a request was whole: 400, 408, 413, 431, 503.
ApiError FromHttpStatus(int status, std::string_view code, std::string_view message);

}  // namespace portcullis::edge
