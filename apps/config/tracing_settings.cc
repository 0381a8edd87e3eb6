#include "apps/config/tracing_settings.h"

#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/secret_variable.h"

namespace portcullis::app {
namespace {

using config::Schema;
using T = TracingSettings;

constexpr size_t kMaxHeaders = 16;

Schema<TracingHeader> HeaderSchema() {
  Schema<TracingHeader> reference("Where the value is.");
  reference.String("env", &TracingHeader::variable,
                   {.doc = "Name of the environment variable that holds the whole value (\"Bearer ...\").",
                    .max = 200,
                    .required = true,
                    .check = config::CheckVariableName,
                    .example = "env: OTLP_AUTHORIZATION"});
  Schema<TracingHeader> schema("A header of every export.");
  return schema
      .String("name", &TracingHeader::name,
              {.doc = "Its name.",
               .max = 200,
               .required = true,
               .check = config::CheckHeaderName,
               .example = "name: authorization"})
      .Group("secret_key_ref", reference,
             {.required = true, .example = "secret_key_ref: {env: OTLP_AUTHORIZATION}"});
}

}  // namespace

Schema<T> TracingSchema() {
  Schema<T> schema(
      "Spans of requests, sent to an OpenTelemetry collector by OTLP over HTTP (protobuf). Off without an "
      "endpoint. See docs/tracing.md.");
  return schema
      .String(
          "endpoint", &T::endpoint,
          {.doc = "The collector: `http://127.0.0.1:4318`. `/v1/traces` is added when the URL has no path.",
           .max = 2048,
           .needs_restart = true,
           .check = config::CheckUrl,
           .default_doc = "none: nothing is traced"})
      .List("headers", &T::headers, HeaderSchema(),
            {.doc = "Headers of every export, such as the collector's key.",
             .needs_restart = true,
             .max_items = kMaxHeaders})
      .Number("sample_ratio", &T::sample_ratio,
              {.doc = "The share of requests that are traced, of those whose caller sends no `traceparent`; "
                      "for others the caller's sampled flag decides.",
               .min = 0,
               .max = 1,
               .needs_restart = true})
      .Integer("max_queue_spans", &T::max_queue_spans,
               {.doc = "Spans that wait for their export, at most; more are dropped, and counted.",
                .min = 16,
                .max = 1'000'000,
                .needs_restart = true})
      .Integer("max_batch_spans", &T::max_batch_spans,
               {.doc = "Spans of one export, at most.", .min = 1, .max = 10'000, .needs_restart = true})
      .Milliseconds("interval_ms", &T::interval,
                    {.doc = "How long a span waits for its batch to fill.",
                     .min = 10,
                     .max = 60'000,
                     .needs_restart = true})
      .Milliseconds("timeout_ms", &T::timeout,
                    {.doc = "Of one export.", .min = 10, .max = 60'000, .needs_restart = true});
}

void ResolveTracing(const config::Document& document, const config::Environment& environment, T& settings,
                    config::Issues& issues) {
  const auto report = [&](config::Severity severity, const char* code, const std::string& path,
                          std::string message, std::string suggestion) {
    document.Report(issues, severity, code, path, document.LocateValue(path), std::move(message),
                    std::move(suggestion));
  };
  if (settings.max_batch_spans > settings.max_queue_spans) {
    report(config::Severity::kWarning, config::code::kSuspicious, "tracing.max_batch_spans",
           base::StrCat("a batch of ", settings.max_batch_spans, " spans never fills: the queue holds ",
                        settings.max_queue_spans),
           "lower max_batch_spans or raise max_queue_spans");
  }
  const bool named = !settings.endpoint.empty() || document.Find("tracing.endpoint") != nullptr;
  if (!named) {
    if (document.Find("tracing") == nullptr) return;
    return report(config::Severity::kWarning, config::code::kDoesNotRun, "tracing",
                  "tracing has no effect without an endpoint",
                  "write endpoint: http://127.0.0.1:4318, or start with --tracing-endpoint");
  }
  for (size_t i = 0; i < settings.headers.size(); ++i) {
    TracingHeader& header = settings.headers[i];
    if (header.variable.empty()) continue;  // reported
    config::SecretVariable secret = config::ReadSecret(environment, header.variable);
    header.value = config::Secret(std::move(secret.value));
    if (secret.problem.empty()) continue;
    report(config::Severity::kWarning, config::code::kMissingKey,
           base::StrCat("tracing.headers[", i, "].secret_key_ref.env"),
           base::StrCat("traces go out without the header ", header.name, ": ", secret.problem),
           std::move(secret.remedy));
  }
}

}  // namespace portcullis::app
