// How the pages of the audit log answer when something is wrong.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "libs/http/message.h"

namespace portcullis::audit_cli {

// {"error": {"code": ..., "message": ...}}
http::Response ErrorAnswer(int status, std::string_view code, std::string_view message);

http::Response FailureAnswer(const absl::Status& status);

}  // namespace portcullis::audit_cli
