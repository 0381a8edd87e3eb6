// What one running process says about itself on its admin port, in one JSON object.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "apps/portcullis/targets/admin_client.h"
#include "libs/base/clock.h"

namespace portcullis::status {

// GET of a path on an admin address; see targets::AskAdmin.
using Ask =
    std::function<absl::StatusOr<targets::AdminAnswer>(const std::string& address, const std::string& path)>;

// Where a process is asked.
struct Place {
  std::string address;  // of its admin port
  std::string process;  // what should run there, as far as that is known: "edge"
};

// {"address", "process", "state": "ready" | "not_ready" | "away", "reasons": [...]} and, unless away:
// "version", "config_version", "restart_needed", "log_level", "up_seconds", and as far as the process has
// them: "spool_records", "lag_seconds", "certificate_expires", "targets" (as /targets has them), "audit_head"
// (as `portcullis audit head`). Blocks for some requests.
nlohmann::ordered_json ServiceStatus(const Ask& ask, const Place& place, base::SystemTime now);

}  // namespace portcullis::status
