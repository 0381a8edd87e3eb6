// Spans as OTLP wants them: the protobuf messages of opentelemetry-proto 1.x
// (https://github.com/open-telemetry/opentelemetry-proto), trace/v1/trace.proto and
// collector/trace/v1/trace_service.proto. Fields with their default value are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "libs/telemetry/api/tracer.h"
#include "libs/tracing/otlp_options.h"

namespace portcullis::tracing {

// Texts in attributes are cut there.
inline constexpr size_t kMaxAttributeBytes = 1024;

// An ExportTraceServiceRequest. Text that is not valid UTF-8 is made so.
std::string EncodeRequest(const Resource& resource, absl::Span<const telemetry::Span> spans);

// How many spans an ExportTraceServiceResponse says were refused; at most `sent`. 0 when it cannot be read.
uint64_t RejectedSpans(std::string_view response, uint64_t sent);

}  // namespace portcullis::tracing
