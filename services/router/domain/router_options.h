// What the router routes to and how, as plain values. The configuration (services/router/app) fills it in.
// Defaults here are the documented defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/router/api/router_api.h"
#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

enum class Strategy : uint8_t {
  kSingle,              // the first target only
  kOrdered,             // as listed, the next when one fails
  kLatency,             // the lowest observed latency
  kRoundRobin,          // each in turn
  kWeightedRoundRobin,  // in proportion to the weights
  kLeastBusy,           // the fewest calls under way
  kCost,                // the lowest price for the request's tokens
  kRandom,
};

struct LatencyOptions {
  double quantile = 0.5;                    // of the latencies, which targets are compared by; 0.05..0.99
  std::chrono::milliseconds window{5'000};  // how long the past counts
  double exploration = 0.05;  // share of the requests that go to any target, to learn its latency
  double tolerance = 0.1;     // targets within this share of the best one take turns
  uint32_t min_samples = 1;   // with fewer answers a target's latency is unknown: it is tried
};

// A target's place in the experiment `ab_test`.
struct AbVariant {
  std::string target;  // id
  double weight = 1;
};

// What a caller keeps its variant by.
enum class StickyBy : uint8_t { kUser, kPrincipal, kNone };

struct AbTestOptions {
  bool enabled = false;
  StickyBy sticky_by = StickyBy::kUser;
  std::vector<AbVariant> variants;
};

// A name under which clients reach several targets.
struct ModelGroup {
  std::string name;
  std::vector<std::string> targets;  // ids
  std::vector<std::string> aliases;  // other names of the group
  std::string fallback_group;        // whose targets come after those of this one; "" = none
};

enum class ProbeKind : uint8_t {
  kModels,      // GET /models: costs nothing
  kCompletion,  // a completion of one token
  kPath,        // GET of a path of the provider's host
};

struct HealthProbeOptions {
  bool enabled = false;
  ProbeKind kind = ProbeKind::kModels;
  std::string path;  // of kPath, with its leading slash
  std::chrono::milliseconds interval{30'000};
  std::chrono::milliseconds timeout{5'000};
  int unhealthy_threshold = 2;  // consecutive failed probes
  int healthy_threshold = 1;    // consecutive good ones
};

// One of several API keys of a target.
struct TargetKey {
  std::string value;   // resolved
  std::string source;  // for messages: "environment variable MISTRAL_API_KEY"
  double weight = 1;
};

struct TargetOptions {
  std::string id;
  std::string provider;       // "mistral", "openai", ...
  std::string provider_type;  // "mistral", "openai", ...; worked out from `provider` unless given
  DialectOptions dialect;     // by provider_type
  std::string model;
  bool passthrough_model = false;   // `model: passthrough`: the client's model goes upstream
  std::string default_model;        // with it: what goes upstream when the client names none; "" = nothing
  std::vector<std::string> models;  // with it: patterns (libs/base/glob.h) of what it takes; none = all
  std::string base_url;             // with the version path, without a slash at the end
  std::string api_key;              // resolved; empty = not available, unless none is required
  bool api_key_required = true;     // false: without a key, the target is called without one (ollama, vllm)
  std::string api_key_source;       // for messages: "environment variable MISTRAL_API_KEY"
  std::vector<TargetKey> keys;      // several keys, in place of api_key
  std::chrono::milliseconds key_cooldown{60'000};  // how long a refused key is left alone
  std::string api_key_header = "Authorization";
  std::string api_key_prefix = "Bearer ";
  std::string format = "openai";
  std::string azure_api_version = "2024-02-01";
  std::string azure_deployment;  // of Azure; the model unless given
  std::string description;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds stream_timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::optional<std::chrono::milliseconds> first_byte_timeout;
  std::optional<std::chrono::milliseconds> idle_timeout;  // between two parts of a stream
  std::optional<uint32_t> max_context_tokens;
  double weight = 1.0;
  int priority = 0;                           // lower ones come first
  std::optional<Pricing> pricing;             // none: the list price, if the model has one
  std::optional<uint64_t> max_cost_nano_usd;  // what a request may cost at most
  HealthProbeOptions health_probe;

  // The model that goes upstream for a client that asked for `asked`.
  const std::string& ModelFor(const std::string& asked) const {
    if (!passthrough_model) return model;
    return asked.empty() ? default_model : asked;
  }
};

enum class WhenAllOpen : uint8_t {
  kFailFast,    // 503 at once, with the reason and when to come again
  kLastResort,  // the first target is asked all the same
};

struct CircuitBreakerOptions {
  bool enabled = true;
  int failure_threshold = 5;  // consecutive
  std::chrono::milliseconds recovery_timeout{30'000};
  int half_open_max_requests = 2;                           // trials that must all succeed
  std::chrono::milliseconds max_recovery_timeout{300'000};  // the recovery time doubles up to this
  int error_rate_percent = 50;                              // of the window's calls; 0 = rates do not count
  std::chrono::milliseconds error_rate_window{30'000};
  int min_samples = 20;  // calls in the window before a rate counts
  WhenAllOpen when_all_open = WhenAllOpen::kFailFast;
};

// Failures that are repeated at the same target.
struct RetryReasons {
  std::vector<int> statuses = {408, 429, 500, 502, 503, 504, 529};
  bool timeout = true;
  bool connection_error = true;
};

struct RetryOptions {
  int max_attempts = 3;  // per target
  std::chrono::milliseconds initial_backoff{250};
  std::chrono::milliseconds max_backoff{8'000};
  bool respect_retry_after = true;
  RetryReasons reasons;
  double budget_percent = 20;          // retries for each hundred calls of the last ten seconds
  double min_retries_per_second = 10;  // what is allowed besides, of each worker
};

// What is done when a provider says that the request is too long for its model.
enum class ContextWindow : uint8_t {
  kAbort,
  kLarger,  // a target with a greater max_context_tokens is asked
};

// What is done when a provider's content filter refuses the request.
enum class ContentPolicy : uint8_t {
  kStop,
  kFallback,  // the next target is asked
};

struct FallbackOptions {
  bool enabled = true;
  bool rate_limit = true;
  bool timeout = true;
  bool service_unavailable = true;  // every answer of 500-599, and answers that are no HTTP
  bool connection_error = true;
  bool key_refused = true;  // 401, 402, 403
  int max_attempts = 3;     // other targets asked for one request
  ContextWindow context_window = ContextWindow::kAbort;
  ContentPolicy content_policy = ContentPolicy::kStop;
};

struct HedgeOptions {
  bool enabled = false;
  std::chrono::milliseconds delay{0};  // 0 = the observed p95 of the time to the first byte
  double budget_percent = 5;  // hedges for each hundred calls of the last ten seconds, and one in ten seconds
};

struct MirrorOptions {
  bool enabled = false;
  std::string target;  // id
  double sample_rate = 1.0;
  std::chrono::milliseconds timeout{5'000};
  uint32_t max_in_flight = 64;  // per worker; more are not mirrored
  bool log_response = false;    // a log line for each copy: how it ended, never its text
};

// Where the router's replicas tell each other which keys and targets are to be left alone: Redis.
struct SharedStateOptions {
  std::string redis;  // "host:port"; "" = each replica decides by what it sees itself
  std::string username;
  std::string password;  // resolved
  int database = 0;
  std::string prefix = "portcullis";
  std::chrono::milliseconds interval{200};
  std::chrono::milliseconds timeout{500};
};

struct RouterLimits {
  uint32_t max_in_flight = 10'000;        // upstream calls per worker
  uint64_t max_buffered_bytes = 1 << 20;  // of one call, while its reader is slow
};

struct RouterOptions {
  Strategy strategy = Strategy::kOrdered;
  LatencyOptions latency;
  AbTestOptions ab_test;
  std::vector<ModelGroup> groups;
  CircuitBreakerOptions circuit_breaker;
  RetryOptions retry;
  FallbackOptions fallback;
  HedgeOptions hedge;
  MirrorOptions mirror;
  SharedStateOptions shared_state;
  uint32_t max_probes_per_provider = 4;  // health probes under way at once
  std::vector<TargetOptions> targets;
  RouterLimits limits;
  bool verify_tls = true;
  std::string weights_file;  // where weights are kept that are set while it runs; "" = nowhere
};

}  // namespace portcullis::router
