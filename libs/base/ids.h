// Request ids and W3C trace context.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/rng.h"

namespace portcullis::base {

// "req_" and 32 lower-case hex digits. The first 12 digits are the time in milliseconds (as in UUIDv7),
// so that ids sort by time; the rest is random.
std::string NewRequestId(int64_t unix_millis, Rng& rng);

// True for what we accept from a client as its own request id: 1 to 128 of [A-Za-z0-9._:-].
bool IsValidRequestId(std::string_view id);

// A traceparent (https://www.w3.org/TR/trace-context/) for our own span: the trace of `incoming` if that
// is well-formed, else a new trace; always a new span id. Sampled flag is kept, 00 for a new trace.
std::string ChildTraceparent(std::string_view incoming, Rng& rng);

// True if `value` is a version-00 traceparent with non-zero ids.
bool IsValidTraceparent(std::string_view value);

}  // namespace portcullis::base
