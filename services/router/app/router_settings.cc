#include "services/router/app/router_settings.h"

#include <charconv>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/redact.h"
#include "services/router/app/target_schema.h"

namespace portcullis::router {
namespace {

using config::Schema;

// A status from 400 to 599, or the name of a failure without one.
std::string CheckRetryReason(std::string_view text) {
  int status = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), status);
  if (parsed.ptr == text.data() + text.size() && status >= 400 && status <= 599) return "";
  if (text == "timeout" || text == "connection_error") return "";
  return base::StrCat("must hold HTTP statuses from 400 to 599, timeout and connection_error, not ",
                      config::Quote(text));
}

Schema<CircuitBreakerOptions> CircuitBreakerSchema() {
  using O = CircuitBreakerOptions;
  Schema<O> schema("Takes a failing target out of rotation. Each target has its own circuit.");
  schema.Bool("enabled", &O::enabled, {.doc = "Whether circuits open at all."})
      .Integer("failure_threshold", &O::failure_threshold,
               {.doc = "Consecutive failures that open the circuit.", .min = 1, .max = 1000})
      .Seconds("recovery_timeout_seconds", &O::recovery_timeout,
               {.doc = "How long it stays open before trial requests are let through.",
                .min = 1,
                .max = 86'400,
                .deprecated = {"cooldown_seconds", "recovery_timeout"}})
      .Integer("half_open_max_requests", &O::half_open_max_requests,
               {.doc = "Trial requests; all must succeed to close the circuit.", .min = 1, .max = 100});
  return schema;
}

Schema<RetryOptions> RetryOptionsSchema() {
  using O = RetryOptions;
  Schema<O> schema;
  schema
      .Integer("max_attempts", &O::max_attempts,
               {.doc = "Tries per target, the first included, before the next target is tried.",
                .min = 1,
                .max = 10})
      .Milliseconds(
          "initial_backoff_ms", &O::initial_backoff,
          {.doc = "Wait before the second try; it doubles with each further one.", .min = 1, .max = 60'000})
      .Milliseconds("max_backoff_ms", &O::max_backoff, {.doc = "Longest wait.", .min = 1, .max = 600'000})
      .Bool("respect_retry_after", &O::respect_retry_after,
            {.doc = "Waits as long as the provider's retry-after header says, when that is longer."});
  return schema;
}

Schema<RouterSettings> RetrySchema() {
  Schema<RouterOptions> options;
  options.Include(&RouterOptions::retry, RetryOptionsSchema());
  Schema<RouterSettings> schema("Repeats failed calls to one target, before another is tried.");
  return schema.Include(&RouterSettings::options, options)
      .Strings("retry_on", &RouterSettings::retry_on,
               {.doc = "Failures that are repeated: HTTP statuses, timeout, connection_error.",
                .check = CheckRetryReason,
                .max_items = 50});
}

Schema<FallbackSettings> FallbackSchema() {
  using F = FallbackSettings;
  Schema<F> schema("Moves on to the next target when one has failed.");
  schema.Bool("enabled", &F::enabled, {.doc = "Whether other targets are tried."})
      .Strings("triggers", &F::triggers,
               {.doc = "Failures that move on.",
                .check = config::OneOf({"rate_limit", "rate_limit_exceeded", "timeout", "service_unavailable",
                                        "connection_error", "5xx", "server_error"},
                                       "trigger"),
                .max_items = 20})
      .Integer("max_fallback_attempts", &F::max_fallback_attempts,
               {.doc = "Other targets tried for one request.", .min = 0, .max = 100});
  return schema;
}

std::vector<config::Named<RoutingStrategy>> Strategies() {
  using R = RoutingStrategy;
  return {{"fallback", R::kOrdered, "in listed order, the next when one fails."},
          {"ordered", R::kOrdered, "the same."},
          {"single", R::kSingle, "only the first target."},
          {"latency", R::kLatency, "the target with the lowest observed latency."},
          {"lowest_latency", R::kLatency, "the same."},
          {"round_robin", R::kRoundRobin, "each target in turn."},
          {"round-robin", R::kRoundRobin, "the same."},
          {"weighted_round_robin", R::kWeightedRoundRobin, "in proportion to `weight`."},
          {"least_busy", R::kLeastBusy, "the target with the fewest calls under way."},
          {"cost", R::kCost, "the cheapest by `pricing`."},
          {"lowest_cost", R::kCost, "the same."},
          {"random", R::kRandom, "any."}};
}

Schema<RouterSettings> RoutingSchema() {
  Schema<RouterSettings> schema("Another place for the strategy.");
  return schema.Enum("strategy", &RouterSettings::strategy, Strategies(),
                     {.doc = "How a target is picked.", .same_as = "providers.strategy"});
}

}  // namespace

Schema<RouterSettings> ProvidersSchema() {
  using S = RouterSettings;
  Schema<RouterOptions> options;
  options.Section("circuit_breaker", &RouterOptions::circuit_breaker, CircuitBreakerSchema())
      .Bool("verify_tls", &RouterOptions::verify_tls, {.doc = "Checks the certificates of providers."});
  Schema<S> schema("The model providers, and how one is picked for a request.");
  return schema
      .Enum("strategy", &S::strategy, Strategies(),
            {.doc = "How a target is picked.", .default_doc = "listed order"})
      .Include(&S::options, options)
      .Number("max_cost_usd", &S::max_cost_usd,
              {.doc = "Greatest cost of a request at any target; `x-portcullis-max-cost-usd` of a request "
                      "lowers it.",
               .unit = "USD",
               .min = 0,
               .max = 1'000'000})
      .Group("routing", RoutingSchema())
      .Group("retry", RetrySchema())
      .Section("fallback", &S::fallback, FallbackSchema())
      .List("targets", &S::targets, TargetSchema(), {.max_items = 200});
}

Schema<RouterSettings> RouterServiceSchema() {
  using S = RouterServerSettings;
  using L = RouterLimits;
  Schema<S> server;
  server
      .String("listen", &S::listen,
              {.doc = "Address of the gRPC server.", .needs_restart = true, .check = config::CheckAddress})
      .String("admin_listen", &S::admin_listen,
              {.doc = "Address of metrics, health and configuration.",
               .needs_restart = true,
               .check = config::CheckAddress});
  Schema<L> limits;
  limits
      .Integer("max_in_flight", &L::max_in_flight,
               {.doc = "Calls to providers under way, per worker.", .min = 1, .max = 1'000'000})
      .Integer("max_buffered_bytes", &L::max_buffered_bytes,
               {.doc = "Bytes of one answer that are held while its reader is slow.",
                .unit = "bytes",
                .min = 16'384,
                .max = 1 << 30});
  Schema<RouterSettings> schema("The router service as a process of its own, and its limits.");
  return schema.Include(&RouterSettings::server, server)
      .Include(&RouterSettings::options, Schema<RouterOptions>().Include(&RouterOptions::limits, limits));
}

}  // namespace portcullis::router
