// Anthropic's Messages API as the simulator speaks it: a strict check of requests, answers and streams.
//
// Stricter than the service where a gateway could hide a mistake: roles must alternate, unknown fields are
// refused, and every tool_use must be answered at once. Texts of errors follow the real service's. Pure and
// thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/sim/answer.h"
#include "apps/sim/api_error.h"
#include "apps/sim/model_call.h"
#include "apps/sim/render.h"

namespace portcullis::sim {

// The refusal, or nothing when the body is good.
std::optional<ApiError> CheckAnthropicRequest(const boost::json::value& body);

// Of a body that CheckAnthropicRequest accepted.
ModelCall ReadAnthropicCall(const boost::json::object& body);

// The last user message's texts and the model of a body that nobody checked yet.
CallHint ReadAnthropicHint(const boost::json::value& body);

std::string RenderAnthropic(const RenderOptions& options, const Answer& answer);
EventStream RenderAnthropicStream(const RenderOptions& options, const Answer& answer);

}  // namespace portcullis::sim
