// Traces sent to an OpenTelemetry collector, or whatever else speaks OTLP over HTTP with protobuf bodies
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
//
// A thread of its own gathers spans and posts them: a batch when it is full, what there is once in an
// interval; one request at a time. An answer of 429, 502, 503 or 504, or none at all, is tried again after a
// second, then two, four and so on (with jitter; longer if the collector says retry-after), until a batch is
// a minute old. Meanwhile the queue fills, and then new spans are dropped. Nothing of this holds up whoever
// records.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "libs/telemetry/api/tracer.h"
#include "libs/tracing/otlp_options.h"
#include "libs/tracing/span_queue.h"

namespace portcullis::tracing {

class OtlpTracer final : public telemetry::Tracer {
 public:
  // Starts the thread. `clock`, `metrics` and `logger` outlive it.
  OtlpTracer(OtlpOptions options, const base::Clock& clock, telemetry::Metrics& metrics,
             telemetry::Logger& logger);
  ~OtlpTracer() override;  // what was not exported is lost

  bool Wants(std::string_view traceparent) const override;
  bool Samples(std::string_view trace_id) const override;
  void Record(telemetry::Span span) override;

  // Exports what is there, each batch with one try from now on. DEADLINE_EXCEEDED after `patience`; else the
  // error of the batch that failed, with which the rest is given up. Blocks; not from a worker.
  absl::Status Flush(std::chrono::milliseconds patience);

 private:
  struct Thread;

  const double ratio_;
  const size_t batch_;
  telemetry::Counter& dropped_;
  SpanQueue queue_;
  const std::unique_ptr<Thread> thread_;
};

}  // namespace portcullis::tracing
