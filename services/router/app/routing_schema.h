// The keys of `providers` that say how a target is picked and what happens when one fails.
#pragma once

#include "libs/config/schema.h"
#include "services/router/app/router_settings.h"

namespace portcullis::router {

// Adds them to the schema of `providers`.
void IncludeRouting(config::Schema<RouterSettings>& providers);

}  // namespace portcullis::router
