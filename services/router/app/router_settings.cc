#include "services/router/app/router_settings.h"

#include <charconv>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/redact.h"
#include "services/router/app/routing_schema.h"
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
            {.doc = "Waits as long as the provider's rate limit headers say, when that is longer."})
      .Number("budget_percent", &O::budget_percent,
              {.doc = "Retries allowed for each hundred requests of the last ten seconds, per worker.",
               .min = 0,
               .max = 1000})
      .Number("min_retries_per_second", &O::min_retries_per_second,
              {.doc = "Retries allowed besides, per worker, so that a quiet gateway may retry.",
               .min = 0,
               .max = 10'000});
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

Schema<SecretKeyRef> PasswordSchema() {
  Schema<SecretKeyRef> schema("Where the password of Redis is, if it asks for one.");
  return schema.String("env", &SecretKeyRef::env,
                       {.doc = "Name of the environment variable that holds it.",
                        .max = 200,
                        .required = true,
                        .check = config::CheckVariableName,
                        .example = "env: REDIS_PASSWORD"});
}

Schema<RouterSettings> SharedStateSchema() {
  using O = SharedStateOptions;
  Schema<O> schema;
  schema
      .String(
          "redis", &O::redis,
          {.doc =
               "Address of Redis 5 or later, host:port. Unset: each replica decides by what it sees itself.",
           .check = config::CheckAddress,
           .default_doc = "none"})
      .String("username", &O::username,
              {.doc = "User of Redis, with a password.", .max = 200, .check = config::CheckOneLine})
      .Integer("database", &O::database, {.doc = "Number of its database.", .min = 0, .max = 10'000})
      .String("prefix", &O::prefix,
              {.doc = "What its keys begin with; replicas that share have the same.",
               .min = 1,
               .max = 100,
               .check = config::CheckIdentifier})
      .Milliseconds("sync_interval_ms", &O::interval,
                    {.doc = "How often a replica looks what others have seen.", .min = 20, .max = 60'000})
      .Milliseconds("timeout_ms", &O::timeout,
                    {.doc = "Longest time for one exchange with Redis.", .min = 10, .max = 60'000});
  Schema<RouterSettings> group(
      "Optional: replicas of the router tell each other through Redis which keys and targets to leave "
      "alone.");
  return group
      .Include(&RouterSettings::options,
               Schema<RouterOptions>().Include(&RouterOptions::shared_state, schema))
      .Section("secret_key_ref", &RouterSettings::shared_state_password, PasswordSchema(),
               {.example = "secret_key_ref: {env: REDIS_PASSWORD}"});
}

}  // namespace

Schema<RouterSettings> ProvidersSchema() {
  using S = RouterSettings;
  Schema<RouterOptions> options;
  options.Bool("verify_tls", &RouterOptions::verify_tls, {.doc = "Checks the certificates of providers."})
      .Integer("max_probes_per_provider", &RouterOptions::max_probes_per_provider,
               {.doc = "Health probes of one provider that are under way at once; others wait.",
                .min = 1,
                .max = 10'000});
  Schema<S> schema("The model providers, and how one is picked for a request.");
  IncludeRouting(schema);
  return schema.Include(&S::options, options)
      .Number("max_cost_usd", &S::max_cost_usd,
              {.doc = "Greatest cost of a request at any target; `x-portcullis-max-cost-usd` of a request "
                      "lowers it.",
               .unit = "USD",
               .min = 0,
               .max = 1'000'000})
      .Group("retry", RetrySchema())
      .Group("shared_state", SharedStateSchema())
      .List("targets", &S::targets, TargetSchema(), {.max_items = 2'000});
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
