// From routing as written to the router's options: strategy, retry reasons, fallback triggers, experiment,
// groups and mirror; what does not fit together is reported with the reason.
#pragma once

#include "libs/config/document.h"
#include "libs/config/issues.h"
#include "services/router/app/router_settings.h"

namespace portcullis::router {

// `options` has its targets already, in the order of `settings.targets`.
void ResolveRouting(const config::Document& document, const RouterSettings& settings, RouterOptions& options,
                    config::Issues& issues);

}  // namespace portcullis::router
