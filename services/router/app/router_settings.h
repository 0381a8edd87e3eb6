// The router service's part of policy-config.yaml: `providers` and `services.router`, as written. What is to
// be worked out (base URLs, keys, shorthands) is done by target_resolver.h, which yields the domain's
// RouterOptions.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libs/config/schema.h"
#include "libs/config/secret.h"
#include "services/router/domain/router_options.h"

namespace portcullis::router {

// The strategies of the configuration language.
enum class RoutingStrategy {
  kOrdered,
  kSingle,
  kLatency,
  kRoundRobin,
  kWeightedRoundRobin,
  kLeastBusy,
  kCost,
  kRandom,
  kAbTest,
};

struct SecretKeyRef {
  std::optional<std::string> env;
  std::optional<std::string> store;
};

// One of several keys of a target.
struct KeySettings {
  std::optional<SecretKeyRef> secret_key_ref;
  double weight = 1;
};

// A target as written. The members of the base are those that are written as they are used.
struct TargetSettings : TargetOptions {
  std::optional<SecretKeyRef> secret_key_ref;
  config::Secret literal_key;
  std::vector<KeySettings> own_keys;
  std::optional<std::chrono::milliseconds> own_stream_timeout;
  OnUnsupported on_unsupported = OnUnsupported::kRefuse;
  std::optional<bool> stream_usage;
  uint32_t default_max_tokens = 4096;
  std::optional<double> max_cost_usd;
};

// Where the service listens as a process of its own. Port 0 = any free one.
struct RouterServerSettings {
  std::string listen = "127.0.0.1:41021";        // gRPC
  std::string admin_listen = "127.0.0.1:41029";  // metrics, health, effective configuration
};

struct RouterSettings {
  RouterServerSettings server;
  RouterOptions options;  // without targets, strategy, retry reasons and fallback triggers
  std::optional<RoutingStrategy> strategy;
  std::vector<TargetSettings> targets;
  std::optional<double> max_cost_usd;
  std::optional<SecretKeyRef> shared_state_password;
  std::vector<std::string> triggers = {"rate_limit", "timeout", "service_unavailable", "connection_error",
                                       "key_refused"};
  std::vector<std::string> retry_on = {
      "408", "429", "500", "502", "503", "504", "529", "timeout", "connection_error"};
};

// `providers`.
config::Schema<RouterSettings> ProvidersSchema();

// Keeptrusts' top-level spellings: `provider_routing`, `provider_fallback`, `model_groups`.
config::Schema<RouterSettings> TopLevelRoutingSchema();

// `services.router`.
config::Schema<RouterSettings> RouterServiceSchema();

}  // namespace portcullis::router
