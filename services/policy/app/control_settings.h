// The settings that every kind of policy has: mode, stream, roles, when, fail_mode, timeout_ms, exceptions.
#pragma once

#include <string>

#include "libs/config/schema.h"
#include "services/policy/domain/control/policy_control.h"

namespace portcullis::policy {

// `mode_key`: "mode", or another name where a kind has a `mode` of its own.
config::Schema<PolicyControl> ControlSchema(const std::string& mode_key = "mode");

}  // namespace portcullis::policy
