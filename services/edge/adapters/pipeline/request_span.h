// What traces tell of a request: facts of its record, and no text, key, user or address.
#pragma once

#include <string_view>

#include "libs/json/tape.h"
#include "libs/telemetry/api/tracer.h"
#include "services/audit/api/record.h"
#include "services/router/api/router_api.h"

namespace portcullis::edge {

// Sets the attributes of the span of a request whose record is complete.
void DescribeRequest(const audit::Record& record, router::Operation operation, telemetry::ActiveSpan* span);

// Which model answered, as the answer says: one that came whole, or the envelope of a stream's events.
void DescribeAnswer(const json::Tape& answer, telemetry::ActiveSpan* span);
void DescribeStream(std::string_view envelope, telemetry::ActiveSpan* span);

}  // namespace portcullis::edge
