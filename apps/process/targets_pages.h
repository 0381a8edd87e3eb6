// The targets on the admin port.
//
//   GET /targets              all targets and their state, as JSON: {"targets": [{"id": ..., ...}]}
//   POST /targets/ID/ACTION   drain, undrain, force_open, force_closed or release_circuit; answers as GET
//
// A POST must say `content-type: application/json`, which keeps web pages from sending one through a browser.
#pragma once

#include <functional>
#include <optional>

#include "libs/http/message.h"
#include "services/router/api/router_api.h"

namespace portcullis::app {

// For http::AdminSources::more. `admin` null: this process has no router, and the pages say so.
std::function<std::optional<http::Response>(const http::Request&)> TargetsPages(router::RouterAdmin* admin);

}  // namespace portcullis::app
