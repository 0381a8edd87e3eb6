// The state of a suite for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace portcullis::status {

// `suite`: {"ready": ..., "notes": [...], "services": [ServiceStatus, ...]}. A table of the processes, then
// what is not as it should be, the targets that are not at their best, and the head of the audit log.
std::string StatusText(const nlohmann::ordered_json& suite);

}  // namespace portcullis::status
