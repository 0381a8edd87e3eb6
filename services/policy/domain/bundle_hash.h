// What makes two bundles equal.
#pragma once

#include <string>
#include <string_view>

#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// SHA-256 over the options and every built-in rule, as 64 hex digits.
std::string HashOfBundle(const ChainOptions& options);

// Of a chain and the policies of a tenant.
std::string HashWithTenant(std::string_view chain, std::string_view rules);

}  // namespace portcullis::policy
