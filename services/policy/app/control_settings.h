// The settings that every kind of policy has: mode, stream, roles, when, fail_mode, timeout_ms, exceptions;
// and the words of those that most have.
#pragma once

#include <string>
#include <vector>

#include "libs/config/schema.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// `mode_key`: "mode", or another name where a kind has a `mode` of its own.
config::Schema<PolicyControl> ControlSchema(const std::string& mode_key = "mode");

// Of it `mode` and `when`, for kinds that judge whole answers alone.
config::Schema<PolicyControl> ModeAndWhenSchema();

// `when`.
config::Schema<PolicyCondition> ConditionSchema();

// `apply_to`.
std::vector<config::Named<ApplyTo>> ApplyToNames();

// `action` of policies that cannot change text, and of those that can.
std::vector<config::Named<OnDetect>> BlockOrLog();
std::vector<config::Named<OnDetect>> RedactBlockOrLog();

}  // namespace portcullis::policy
