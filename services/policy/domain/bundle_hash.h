// What makes two bundles equal.
#pragma once

#include <string>

#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// SHA-256 over the options and every built-in rule, as 64 hex digits.
std::string HashOfBundle(const ChainOptions& options);

}  // namespace portcullis::policy
