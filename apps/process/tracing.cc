#include "apps/process/tracing.h"

#include <chrono>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/rng.h"
#include "libs/base/strings.h"
#include "libs/curl/http_exchange.h"

namespace portcullis::app {
namespace {

constexpr std::chrono::seconds kFlushTimeout{5};

// The address of OTLP over HTTP, as its specification has it.
std::string TracesUrl(const std::string& endpoint) {
  const std::string_view origin = curl::Origin(endpoint);
  const std::string_view path = std::string_view(endpoint).substr(origin.size());
  return path.empty() || path == "/" ? base::StrCat(origin, "/v1/traces") : endpoint;
}

tracing::Resource ResourceOf(const std::string& process) {
  base::SystemRng rng;
  const std::string instance = base::ChildTraceparent("", rng).substr(3, 32);
  return {
      {"service.namespace", "portcullis"},          {"service.name", base::StrCat("portcullis-", process)},
      {"service.version", PORTCULLIS_VERSION},      {"service.instance.id", instance},
      {"telemetry.sdk.name", "portcullis"},         {"telemetry.sdk.language", "cpp"},
      {"telemetry.sdk.version", PORTCULLIS_VERSION}};
}

}  // namespace

std::unique_ptr<tracing::OtlpTracer> MakeTracer(const TracingSettings& settings, const std::string& process,
                                                const base::Clock& clock, telemetry::Metrics& metrics,
                                                telemetry::Logger& logger) {
  if (settings.endpoint.empty()) return nullptr;
  tracing::OtlpOptions options;
  options.url = TracesUrl(settings.endpoint);
  for (const TracingHeader& header : settings.headers) {
    if (header.value.empty()) continue;
    options.headers.push_back(base::StrCat(header.name, ": ", header.value.Reveal()));
  }
  options.sample_ratio = settings.sample_ratio;
  options.max_queue_spans = settings.max_queue_spans;
  options.max_batch_spans = settings.max_batch_spans;
  options.interval = settings.interval;
  options.timeout = settings.timeout;
  options.resource = ResourceOf(process);
  logger.Info("tracing", {{"collector", curl::Origin(options.url)}, {"sample_ratio", settings.sample_ratio}});
  return std::make_unique<tracing::OtlpTracer>(std::move(options), clock, metrics, logger);
}

void FlushTraces(tracing::OtlpTracer* tracer, telemetry::Logger& logger) {
  if (tracer == nullptr) return;
  const absl::Status flushed = tracer->Flush(kFlushTimeout);
  if (!flushed.ok()) logger.Warning("spans are lost", {{"reason", base::Message(flushed)}});
}

}  // namespace portcullis::app
