#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace portcullis::tracing {

// What is said once for all spans of a process: "service.name", "service.version", ...
using Resource = std::vector<std::pair<std::string, std::string>>;

struct OtlpOptions {
  std::string url;                   // whole: "http://127.0.0.1:4318/v1/traces"
  std::vector<std::string> headers;  // "Name: value"; secret
  double sample_ratio = 1;           // of the traces that begin here
  size_t max_queue_spans = 8192;
  size_t max_batch_spans = 512;
  std::chrono::milliseconds interval{1'000};
  std::chrono::milliseconds timeout{10'000};  // of a request
  std::chrono::milliseconds first_backoff{1'000};
  std::chrono::milliseconds retry_for{60'000};  // from a batch's first request on
  Resource resource;
};

}  // namespace portcullis::tracing
