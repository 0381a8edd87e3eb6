// From providers as written to the router's options: shorthands taken apart, base URLs and dialects worked
// out, API keys fetched from the environment, and what does not fit together reported.
#pragma once

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "services/router/app/router_settings.h"

namespace portcullis::router {

// `settings` was read from `document`; its targets are completed in place, so that the effective
// configuration shows what is used. Targets whose key is missing stay, without a key; an issue names target
// and variable.
RouterOptions ResolveRouter(const config::Document& document, const config::Environment& environment,
                            RouterSettings& settings, config::Issues& issues);

}  // namespace portcullis::router
