#include "apps/portcullis/audit/page_answer.h"

#include <nlohmann/json.hpp>

#include "libs/base/strings.h"

namespace portcullis::audit_cli {

http::Response ErrorAnswer(int status, std::string_view code, std::string_view message) {
  const nlohmann::ordered_json json = {{"error", {{"code", code}, {"message", message}}}};
  return {status,
          {{"content-type", "application/json"}},
          json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

http::Response FailureAnswer(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ErrorAnswer(400, "invalid_request", base::Message(status));
    case absl::StatusCode::kPermissionDenied:
      return ErrorAnswer(403, "immutable", base::Message(status));
    case absl::StatusCode::kNotFound:
      return ErrorAnswer(404, "not_found", base::Message(status));
    case absl::StatusCode::kFailedPrecondition:
      return ErrorAnswer(409, "not_signed_yet", base::Message(status));
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return ErrorAnswer(503, "unavailable", base::Message(status));
    default:
      return ErrorAnswer(500, "log_unreadable", base::Message(status));
  }
}

}  // namespace portcullis::audit_cli
