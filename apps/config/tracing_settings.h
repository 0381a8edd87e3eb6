// `tracing`: where spans of requests go.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "libs/config/secret.h"

namespace portcullis::app {

struct TracingHeader {
  std::string name;
  std::string variable;  // of the environment, with the value
  config::Secret value;  // resolved
};

struct TracingSettings {
  std::string endpoint;  // "": nothing is traced
  std::vector<TracingHeader> headers;
  double sample_ratio = 1;
  uint32_t max_queue_spans = 8192;
  uint32_t max_batch_spans = 512;
  std::chrono::milliseconds interval{1'000};
  std::chrono::milliseconds timeout{10'000};
};

config::Schema<TracingSettings> TracingSchema();

// Takes the values of the headers from the environment. Warnings: one that is not there, or that no header
// can have; a batch that is larger than the queue.
void ResolveTracing(const config::Document& document, const config::Environment& environment,
                    TracingSettings& settings, config::Issues& issues);

}  // namespace portcullis::app
