// What the router routes to and how, as plain values. The configuration (services/router/app) fills it in.
// Defaults here are the documented defaults.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "services/router/api/router_api.h"
#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

enum class Strategy { kSingle, kOrdered };

struct HealthProbeOptions {
  bool enabled = false;
  std::chrono::milliseconds interval{30'000};
  std::chrono::milliseconds timeout{5'000};
  int unhealthy_threshold = 2;  // consecutive failed probes
  int healthy_threshold = 1;    // consecutive good ones
};

struct TargetOptions {
  std::string id;
  std::string provider;       // "mistral", "openai", ...
  std::string provider_type;  // "mistral", "openai", ...; worked out from `provider` unless given
  DialectOptions dialect;     // by provider_type
  std::string model;
  bool passthrough_model = false;  // `model: passthrough`: the client's model goes upstream
  std::string base_url;            // with the version path, without a slash at the end
  std::string api_key;             // resolved; empty = not available, unless none is required
  bool api_key_required = true;    // false: without a key, the target is called without one (ollama, vllm)
  std::string api_key_source;      // for messages: "environment variable MISTRAL_API_KEY"
  std::string api_key_header = "Authorization";
  std::string api_key_prefix = "Bearer ";
  std::string format = "openai";
  std::string azure_api_version = "2024-02-01";
  std::string azure_deployment;  // of Azure; the model unless given
  std::string description;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds stream_timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::optional<uint32_t> max_context_tokens;
  double weight = 1.0;
  std::optional<Pricing> pricing;             // none: the list price, if the model has one
  std::optional<uint64_t> max_cost_nano_usd;  // what a request may cost at most
  HealthProbeOptions health_probe;
};

struct CircuitBreakerOptions {
  bool enabled = true;
  int failure_threshold = 5;  // consecutive
  std::chrono::milliseconds recovery_timeout{30'000};
  int half_open_max_requests = 2;  // trials that must all succeed
};

struct RetryOptions {
  int max_attempts = 3;  // per target
  std::chrono::milliseconds initial_backoff{250};
  std::chrono::milliseconds max_backoff{8'000};
  bool respect_retry_after = true;
};

struct RouterLimits {
  uint32_t max_in_flight = 10'000;        // upstream calls per worker
  uint64_t max_buffered_bytes = 1 << 20;  // of one call, while its reader is slow
};

struct RouterOptions {
  Strategy strategy = Strategy::kOrdered;
  CircuitBreakerOptions circuit_breaker;
  RetryOptions retry;
  std::vector<TargetOptions> targets;
  RouterLimits limits;
  bool verify_tls = true;
};

}  // namespace portcullis::router
