// The block `policy.quality-scorer`.
#pragma once

#include "libs/config/schema.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

config::Schema<QualityScorerOptions> QualitySchema();

}  // namespace portcullis::policy
