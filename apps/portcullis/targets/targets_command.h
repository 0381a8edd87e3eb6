// `portcullis targets`: the targets of a running gateway, and what an operator does to them.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "apps/portcullis/targets/admin_client.h"

namespace portcullis::targets {

struct TargetsOptions {
  std::string target;  // with an action
  std::string action;  // "drain", "undrain", "force_open", "force_closed", "release_circuit"; "" = list only
  bool json = false;
};

// Sends a request to the admin port; see AskAdmin.
using Ask = std::function<absl::StatusOr<AdminAnswer>(const std::string& method, const std::string& path)>;

// Does the action, if any, and writes the targets as a table or as the JSON of the admin port.
absl::Status RunTargets(const Ask& ask, const TargetsOptions& options, std::ostream& out);

// The table for the admin port's answer. INVALID_ARGUMENT when it is none.
absl::StatusOr<std::string> TargetsTable(std::string_view json);

}  // namespace portcullis::targets
