// The keys of one entry of `providers.targets`.
#pragma once

#include "libs/config/schema.h"
#include "services/router/app/router_settings.h"

namespace portcullis::router {

config::Schema<TargetSettings> TargetSchema();

}  // namespace portcullis::router
