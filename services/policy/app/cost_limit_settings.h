// The block `policy.cost-limit`.
#pragma once

#include "libs/config/schema.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

config::Schema<CostLimitOptions> CostLimitSchema();

}  // namespace portcullis::policy
