#include "services/router/app/routing_schema.h"

#include "libs/base/strings.h"
#include "libs/config/checks.h"

namespace portcullis::router {
namespace {

using config::Schema;

// The path of which `key` is another spelling; "" when it is the setting itself.
std::string SameAs(const std::string& section, const char* key) {
  return section.empty() ? "" : base::StrCat(section, ".", key);
}

std::vector<config::Named<RoutingStrategy>> Strategies() {
  using R = RoutingStrategy;
  return {{"fallback", R::kOrdered, "in listed order, the next when one fails."},
          {"ordered", R::kOrdered, "the same."},
          {"priority", R::kOrdered, "the same, by `priority`."},
          {"single", R::kSingle, "only the first target."},
          {"latency", R::kLatency, "the target with the lowest observed latency."},
          {"lowest_latency", R::kLatency, "the same."},
          {"round_robin", R::kRoundRobin, "each target in turn."},
          {"round-robin", R::kRoundRobin, "the same."},
          {"weighted_round_robin", R::kWeightedRoundRobin, "in proportion to `weight`."},
          {"least_busy", R::kLeastBusy, "the target with the fewest calls under way."},
          {"cost", R::kCost, "the cheapest by `pricing` for the request's tokens."},
          {"lowest_cost", R::kCost, "the same."},
          {"random", R::kRandom, "any."},
          {"ab_test", R::kAbTest, "the caller's variant of `ab_test`, then listed order."}};
}

Schema<RouterSettings> StrategyElsewhere(const std::string& doc) {
  Schema<RouterSettings> schema(doc);
  return schema.Enum("strategy", &RouterSettings::strategy, Strategies(),
                     {.doc = "How a target is picked.", .same_as = "providers.strategy"});
}

Schema<LatencyOptions> LatencySchema() {
  using O = LatencyOptions;
  Schema<O> schema("How the strategy `latency` learns.");
  return schema
      .Number(
          "quantile", &O::quantile,
          {.doc = "Targets are compared by this quantile of their latencies: 0.5 is what most requests see, "
                  "0.95 punishes rare slow answers.",
           .min = 0.05,
           .max = 0.99})
      .Seconds("window_seconds", &O::window,
               {.doc = "How long the past counts: after this time a change has taken effect.",
                .min = 1,
                .max = 3600})
      .Number("exploration", &O::exploration,
              {.doc = "Share of the requests that go to any target, so that a slow one can win again.",
               .min = 0,
               .max = 1})
      .Number("tolerance", &O::tolerance,
              {.doc = "Targets whose latency is within this share of the best one's take turns.",
               .min = 0,
               .max = 10})
      .Integer(
          "min_sample_count", &O::min_samples,
          {.doc = "Answers of a target before its latency counts; until then it takes turns with the best.",
           .min = 1,
           .max = 10'000});
}

Schema<CircuitBreakerOptions> CircuitBreakerSchema() {
  using O = CircuitBreakerOptions;
  Schema<O> schema("Takes a failing target out of rotation. Each target has its own circuit.");
  schema.Bool("enabled", &O::enabled, {.doc = "Whether circuits open at all."})
      .Integer("failure_threshold", &O::failure_threshold,
               {.doc = "Consecutive failures that open the circuit.", .min = 1, .max = 1000})
      .Integer("error_rate_percent", &O::error_rate_percent,
               {.doc = "Share of failed calls in the window that opens it too; 0 = rates do not count.",
                .min = 0,
                .max = 100})
      .Seconds("error_rate_window_seconds", &O::error_rate_window,
               {.doc = "The window of that share.", .min = 1, .max = 3600})
      .Integer("min_samples", &O::min_samples,
               {.doc = "Calls in the window before their share counts.", .min = 1, .max = 100'000})
      .Seconds("recovery_timeout_seconds", &O::recovery_timeout,
               {.doc = "How long it stays open before trial requests are let through.",
                .min = 1,
                .max = 86'400,
                .deprecated = {"cooldown_seconds", "recovery_timeout"}})
      .Seconds("max_recovery_timeout_seconds", &O::max_recovery_timeout,
               {.doc = "That time doubles with each failed trial, up to this; also the longest time that a "
                       "provider's rate limit keeps it open.",
                .min = 1,
                .max = 86'400})
      .Integer("half_open_max_requests", &O::half_open_max_requests,
               {.doc = "Trial requests; all must succeed to close the circuit.", .min = 1, .max = 100})
      .Enum("when_all_open", &O::when_all_open,
            {{"fail_fast", WhenAllOpen::kFailFast, "503 at once, with the reason and `retry-after`."},
             {"last_resort", WhenAllOpen::kLastResort, "the first target is asked all the same."}},
            {.doc = "What happens when the circuits of all targets are open."});
  return schema;
}

Schema<RouterSettings> FallbackSchema(const std::string& same) {
  using O = FallbackOptions;
  Schema<O> options;
  options
      .Bool("enabled", &O::enabled,
            {.doc = "Whether other targets are asked after a failure. Targets that cannot be asked are "
                    "passed over all the same.",
             .same_as = SameAs(same, "enabled")})
      .Integer("max_fallback_attempts", &O::max_attempts,
               {.doc = "Other targets asked for one request.",
                .min = 0,
                .max = 100,
                .same_as = SameAs(same, "max_fallback_attempts"),
                .deprecated = {"max_retries"}})
      .Enum("context_window", &O::context_window,
            {{"abort", ContextWindow::kAbort, "the client is told."},
             {"larger", ContextWindow::kLarger, "a target with a greater `max_context_tokens` is asked."}},
            {.doc = "What happens when a provider says that the request is too long for its model.",
             .same_as = SameAs(same, "context_window")})
      .Enum("content_policy", &O::content_policy,
            {{"stop", ContentPolicy::kStop, "the client is told."},
             {"fallback", ContentPolicy::kFallback, "the next target is asked."}},
            {.doc = "What happens when a provider's content filter refuses the request.",
             .same_as = SameAs(same, "content_policy")});
  Schema<RouterSettings> schema("Moves on to the next target when one has failed.");
  schema.Include(&RouterSettings::options, Schema<RouterOptions>().Include(&RouterOptions::fallback, options))
      .Strings("triggers", &RouterSettings::triggers,
               {.doc = "Failures that move on: rate_limit (429), timeout, service_unavailable (5xx), "
                       "connection_error, key_refused (401, 402, 403).",
                .same_as = SameAs(same, "triggers"),
                .deprecated = {"retry_on"},
                .check = config::OneOf({"rate_limit", "rate_limit_exceeded", "timeout", "service_unavailable",
                                        "connection_error", "key_refused", "5xx", "server_error"},
                                       "trigger"),
                .max_items = 20});
  return schema;
}

// Keeptrusts puts the strategy here too.
Schema<RouterSettings> FallbackWithStrategy() {
  Schema<RouterSettings> schema = FallbackSchema("");
  return schema.Enum("strategy", &RouterSettings::strategy, Strategies(),
                     {.doc = "How a target is picked.", .same_as = "providers.strategy"});
}

Schema<HedgeOptions> HedgeSchema() {
  using O = HedgeOptions;
  Schema<O> schema(
      "Sends a second attempt when the first has not begun to answer; who begins first answers the client.");
  return schema.Bool("enabled", &O::enabled, {.doc = "Whether requests are hedged. Both attempts cost."})
      .Milliseconds(
          "delay_ms", &O::delay,
          {.doc = "Wait before the second attempt; 0 = the time that 95% of the answers take to begin.",
           .min = 0,
           .max = 600'000})
      .Number("budget_percent", &O::budget_percent,
              {.doc = "Second attempts for each hundred requests of the last ten seconds, per worker.",
               .min = 0,
               .max = 100});
}

Schema<MirrorOptions> MirrorSchema() {
  using O = MirrorOptions;
  Schema<O> schema("Copies requests to a shadow target, whose answers are thrown away.");
  return schema.Bool("enabled", &O::enabled, {.doc = "Whether requests are copied. Copies cost."})
      .String("mirror_target", &O::target,
              {.doc = "Id of the target. It serves no other requests, unless one names it.",
               .max = 128,
               .check = config::CheckIdentifier})
      .Number("sample_rate", &O::sample_rate,
              {.doc = "Share of the requests that are copied.", .min = 0, .max = 1})
      .Milliseconds("timeout_ms", &O::timeout,
                    {.doc = "Longest time for a copy's answer.", .min = 1, .max = 600'000})
      .Integer("max_in_flight", &O::max_in_flight,
               {.doc = "Copies under way, per worker; more are not made.", .min = 1, .max = 10'000})
      .Bool(
          "log_mirror_response", &O::log_response,
          {.doc =
               "A log line for each copy: outcome, status, latency and size of the answer, never its text."});
}

Schema<AbTestOptions> AbTestSchema() {
  Schema<AbVariant> variant("A target that takes part.");
  variant
      .String("provider_id", &AbVariant::target,
              {.doc = "Id of the target.",
               .min = 1,
               .max = 128,
               .required = true,
               .check = config::CheckIdentifier,
               .example = "provider_id: mistral-large"})
      .Number("weight", &AbVariant::weight,
              {.doc = "Its share of the callers.", .min = 0.001, .max = 1'000'000});
  using O = AbTestOptions;
  Schema<O> schema(
      "An experiment: each caller keeps its variant, which is told in the header x-portcullis-variant and in "
      "the "
      "audit record.");
  return schema.Bool("enabled", &O::enabled, {.doc = "Whether it runs."})
      .Enum("sticky_by", &O::sticky_by,
            {{"user_id", StickyBy::kUser, "the request's `user`, or the header x-portcullis-user."},
             {"user", StickyBy::kUser, "the same."},
             {"principal", StickyBy::kPrincipal, "who the gateway found the caller to be."},
             {"none", StickyBy::kNone, "each request is drawn anew."}},
            {.doc = "What a caller keeps its variant by; requests without it are drawn."})
      .List("variants", &O::variants, variant, {.max_items = 100});
}

Schema<ModelGroup> GroupSchema(const std::string& same) {
  using G = ModelGroup;
  Schema<G> schema("A name under which clients reach several targets.");
  return schema
      .String("name", &G::name,
              {.doc = "What clients give as `model`.",
               .min = 1,
               .max = 256,
               .required = true,
               .same_as = SameAs(same, "name"),
               .check = config::CheckOneLine,
               .example = "name: chat"})
      .Strings("targets", &G::targets,
               {.doc = "Ids of its targets; the strategy picks among them.",
                .same_as = SameAs(same, "targets"),
                .max_items = 2'000})
      .Strings("aliases", &G::aliases,
               {.doc = "Other names of the group.", .same_as = SameAs(same, "aliases"), .max_items = 100})
      .String("fallback_group", &G::fallback_group,
              {.doc = "Group whose targets are asked after those of this one.",
               .max = 256,
               .same_as = SameAs(same, "fallback_group")});
}

Schema<RouterSettings> WindowElsewhere() {
  Schema<LatencyOptions> latency;
  latency
      .Seconds("window_seconds", &LatencyOptions::window,
               {.doc = "How long past latencies count.",
                .min = 1,
                .max = 3600,
                .same_as = "providers.latency.window_seconds"})
      .Integer("min_sample_count", &LatencyOptions::min_samples,
               {.doc = "Answers of a target before its latency counts.",
                .min = 1,
                .max = 10'000,
                .same_as = "providers.latency.min_sample_count"});
  Schema<RouterSettings> schema = StrategyElsewhere("Another place for the strategy.");
  return schema.Include(&RouterSettings::options,
                        Schema<RouterOptions>().Include(&RouterOptions::latency, latency));
}

}  // namespace

void IncludeRouting(Schema<RouterSettings>& providers) {
  using R = RouterOptions;
  Schema<R> options;
  options.Section("latency", &R::latency, LatencySchema())
      .Section("circuit_breaker", &R::circuit_breaker, CircuitBreakerSchema())
      .Section("hedge", &R::hedge, HedgeSchema())
      .Section("mirror", &R::mirror, MirrorSchema())
      .Section("ab_test", &R::ab_test, AbTestSchema())
      .List("model_groups", &R::groups, GroupSchema(""), {.max_items = 1'000});
  providers
      .Enum("strategy", &RouterSettings::strategy, Strategies(),
            {.doc = "How a target is picked.", .default_doc = "listed order"})
      .Group("routing", StrategyElsewhere("Another place for the strategy."))
      .Include(&RouterSettings::options, options)
      .Group("fallback", FallbackWithStrategy());
}

Schema<RouterSettings> TopLevelRoutingSchema() {
  using R = RouterOptions;
  Schema<R> groups;
  groups.List("model_groups", &R::groups, GroupSchema("providers.model_groups[]"),
              {.same_as = "providers.model_groups", .max_items = 1'000});
  Schema<RouterSettings> schema;
  return schema.Group("provider_routing", WindowElsewhere())
      .Group("provider_fallback", FallbackSchema("providers.fallback"))
      .Include(&RouterSettings::options, groups);
}

}  // namespace portcullis::router
