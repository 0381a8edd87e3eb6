// The targets on the admin port.
//
//   GET /targets              all targets and their state, as JSON: {"targets": [{"id": ..., ...}]}
//   POST /targets/ID/ACTION   drain, undrain, force_open, force_closed or release_circuit; answers as GET
//
// Who may POST: see libs/http/admin.h. The header `x-portcullis-operator` tells who asks, for the audit
// record.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "libs/http/admin.h"
#include "libs/http/message.h"
#include "services/router/api/router_api.h"

namespace portcullis::app {

// For http::AdminSources::more. `admin` null: this process has no router, and the pages say so.
std::function<std::optional<http::Response>(const http::Request&)> TargetsPages(router::RouterAdmin* admin);

// For http::Readiness: the first kMaxReadyTargets of them.
inline constexpr size_t kMaxReadyTargets = 100;
std::vector<http::ReadyTarget> ReadyTargets(const std::vector<router::TargetStatus>& targets);

}  // namespace portcullis::app
