// The rules of the configured chain as policies of the tier "system": what is really checked, with what is
// really done.
#pragma once

#include <cstdint>
#include <vector>

#include "services/policy/api/catalog_api.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// Ids are "sys.KIND.RULE", as findings name kind and rule. `since_us`: when the chain came into effect.
std::vector<CatalogPolicy> SystemPolicies(const ChainOptions& options, int64_t since_us);

}  // namespace portcullis::policy
