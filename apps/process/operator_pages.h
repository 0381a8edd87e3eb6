// What operators may do to a process on its admin port.
//
//   GET /log-level          {"level":"info"}
//   POST /log-level/LEVEL   debug, info, warning or error, at once and until the next start; answers as GET
//   POST /drain             what SIGTERM asks for: nothing new is taken, work under way ends, the process
//                           exits; answers 202 {"status":"draining"} at once
//
// Who may POST: see libs/http/admin.h. The header `x-portcullis-operator` tells who asks, for the log and the
// audit record.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apps/process/operator_actions.h"
#include "libs/http/message.h"
#include "libs/telemetry/backend/json_logger.h"

namespace portcullis::app {

// Who asks, as far as a request to the admin port tells.
router::OperatorCall OperatorOf(const http::Request& request, std::string_view endpoint);

// For http::AdminSources::more. `drain` is called before the answer is sent: it notes that the end is wanted.
// The others outlive what this returns.
std::function<std::optional<http::Response>(const http::Request&)> OperatorPages(
    OperatorActions& actions, telemetry::JsonLogger& logger, std::function<void()> drain);

}  // namespace portcullis::app
