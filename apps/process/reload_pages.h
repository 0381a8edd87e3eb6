// The reload on the admin port.
//
//   POST /config/reload   200 {"result": "applied" | "unchanged", "version", "restart_needed": [...]}
//                         422 {"result": "rejected", ..., "problems": [...]}: the configuration before stays
//
// Who may ask: see libs/http/admin.h.
#pragma once

#include <optional>

#include "apps/process/reloader.h"
#include "libs/http/message.h"

namespace portcullis::app {

// Nothing for other paths.
std::optional<http::Response> ReloadPage(Reloader& reloader, const http::Request& request);

}  // namespace portcullis::app
