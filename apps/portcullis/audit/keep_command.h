// `portcullis audit hold | holds | release | erase`: what the audit log keeps, asked of the admin port of a
// running audit service or gateway.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/sleeper.h"
#include "services/audit/api/query.h"

namespace portcullis::audit_cli {

// Sends a request with a JSON body to the admin port; the body of its answer, or what it says went wrong.
using AskKeeper = std::function<absl::StatusOr<std::string>(
    const std::string& method, const std::string& path, const std::string& body)>;

absl::Status RunHold(const AskKeeper& ask, const audit::Query& query, const std::string& reason,
                     std::ostream& out);
absl::Status RunHolds(const AskKeeper& ask, std::ostream& out);
absl::Status RunRelease(const AskKeeper& ask, const std::string& id, const std::string& reason,
                        std::ostream& out);

// Removes records, or (`only_content`) what was captured with them. Waits for the end of the removal.
absl::Status RunErase(const AskKeeper& ask, const audit::Query& query, bool only_content,
                      const std::string& reason, base::Sleeper& sleeper, std::ostream& out);

// The message of an answer that is an error.
std::string ErrorMessage(const std::string& body);

}  // namespace portcullis::audit_cli
