// Whether what was said of each policy (services/policy/domain/control) makes sense.
#pragma once

#include <optional>

#include "apps/config/settings.h"
#include "libs/base/clock.h"
#include "libs/config/document.h"
#include "libs/config/issues.h"

namespace portcullis::app {

// Reports conditions that cannot be known when they are asked for, exceptions that cover everything, and
// exceptions whose day is over. Without `now` days are not looked at.
void CheckControls(const config::Document& document, const Settings& settings,
                   std::optional<base::SystemTime> now, config::Issues& issues);

}  // namespace portcullis::app
