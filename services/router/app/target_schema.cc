#include "services/router/app/target_schema.h"

#include "libs/config/checks.h"

namespace portcullis::router {
namespace {

using config::Schema;
using T = TargetSettings;

// YYYY-MM-DD, or with -preview.
std::string CheckAzureVersion(std::string_view text) {
  if (text.ends_with("-preview")) text.remove_suffix(8);
  bool fits = text.size() == 10;
  for (size_t i = 0; i < text.size() && fits; ++i) {
    fits = i == 4 || i == 7 ? text[i] == '-' : text[i] >= '0' && text[i] <= '9';
  }
  return fits ? "" : "must be a version like 2024-02-01 or 2024-09-01-preview";
}

Schema<Pricing> PricingSchema() {
  Schema<Pricing> schema("Prices in USD per one million tokens.");
  schema
      .Number("prompt", &Pricing::prompt,
              {.doc = "Of input tokens.",
               .unit = "USD",
               .min = 0,
               .max = 100'000,
               .required = true,
               .example = "prompt: 2.0"})
      .Number("completion", &Pricing::completion,
              {.doc = "Of output tokens.",
               .unit = "USD",
               .min = 0,
               .max = 100'000,
               .required = true,
               .example = "completion: 6.0"})
      .Number("cached_prompt", &Pricing::cached_prompt,
              {.doc = "Of input tokens read from the provider's cache.",
               .unit = "USD",
               .min = 0,
               .max = 100'000,
               .default_doc = "`prompt`"})
      .Number("cache_write", &Pricing::cache_write,
              {.doc = "Of input tokens written to it.",
               .unit = "USD",
               .min = 0,
               .max = 100'000,
               .default_doc = "`prompt`"})
      .Number("reasoning", &Pricing::reasoning,
              {.doc = "Of output tokens spent on reasoning.",
               .unit = "USD",
               .min = 0,
               .max = 100'000,
               .default_doc = "`completion`"});
  return schema;
}

Schema<HealthProbeOptions> HealthProbeSchema() {
  using O = HealthProbeOptions;
  Schema<O> schema("Asks the target from time to time whether it is there, at no cost in tokens.");
  schema.Bool("enabled", &O::enabled, {.doc = "Whether the target is probed."})
      .Enum("kind", &O::kind,
            {{"models", ProbeKind::kModels, "its list of models, which costs nothing."},
             {"completion", ProbeKind::kCompletion, "a completion of one token, which costs that."},
             {"path", ProbeKind::kPath, "`path`."}},
            {.doc = "What is asked."})
      .String("path", &O::path,
              {.doc = "Path at the host of base_url, for `kind: path`, such as /healthz.",
               .max = 1024,
               .check = config::CheckOneLine})
      .Seconds("interval_seconds", &O::interval,
               {.doc = "Time from one probe to the next.", .min = 1, .max = 86'400})
      .Seconds("timeout_seconds", &O::timeout,
               {.doc = "A probe that takes longer has failed.", .min = 1, .max = 300})
      .Integer("unhealthy_threshold", &O::unhealthy_threshold,
               {.doc = "Consecutive failed probes that make the target unhealthy.", .min = 1, .max = 100})
      .Integer("healthy_threshold", &O::healthy_threshold,
               {.doc = "Consecutive good probes that make it healthy again.", .min = 1, .max = 100});
  return schema;
}

Schema<SecretKeyRef> SecretKeyRefSchema() {
  using S = SecretKeyRef;
  Schema<S> schema("Where the API key is: exactly one of the keys below.");
  schema
      .String("env", &S::env,
              {.doc = "Name of the environment variable that holds the key.",
               .max = 200,
               .check = config::CheckVariableName,
               .default_doc = "the provider's"})
      .String("store", &S::store, {.doc = "Name of the key in a secret store."});
  return schema;
}

Schema<KeySettings> KeySchema() {
  using K = KeySettings;
  Schema<K> schema("One of several API keys, in place of secret_key_ref.");
  schema
      .Section("secret_key_ref", &K::secret_key_ref, SecretKeyRefSchema(),
               {.required = true, .example = "secret_key_ref: {env: NAME}"})
      .Number("weight", &K::weight,
              {.doc = "Share of the requests that use it.", .min = 0.001, .max = 1'000'000});
  return schema;
}

void DeclareNames(Schema<T>& schema) {
  schema
      .String("id", &T::id,
              {.doc = "Unique name of the target, for logs, metrics and routing.",
               .min = 1,
               .max = 128,
               .required = true,
               .check = config::CheckIdentifier,
               .example = "id: mistral-large"})
      .String(
          "provider", &T::provider,
          {.doc = "Provider, or provider and model in one: `mistral`, `mistral:chat:mistral-large-latest`.",
           .min = 1,
           .max = 300,
           .required = true,
           .check = config::CheckOneLine,
           .example = "provider: mistral"})
      .String(
          "model", &T::model,
          {.doc =
               "Model, sent upstream as it is; `passthrough` sends the client's. Required unless `provider` "
               "names it.",
           .min = 1,
           .max = 256,
           .check = config::CheckOneLine})
      .String("default_model", &T::default_model,
              {.doc = "With `model: passthrough`: the model for requests that name none.",
               .min = 1,
               .max = 256,
               .check = config::CheckOneLine,
               .default_doc = "the provider's own error"})
      .Strings("models", &T::models,
               {.doc = "With `model: passthrough`: patterns of the models that it takes, with `*` and `?`; a "
                       "request that names another goes to other targets.",
                .min = 1,
                .max = 256,
                .max_items = 100,
                .example = "models: [\"mistral-*\", codestral-latest]",
                .default_doc = "every model"})
      .String("base_url", &T::base_url,
              {.doc = "URL of the provider's API.",
               .min = 1,
               .max = 2048,
               .check = config::CheckUrl,
               .default_doc = "the provider's"});
}

void DeclareKey(Schema<T>& schema) {
  schema
      .Section("secret_key_ref", &T::secret_key_ref, SecretKeyRefSchema(),
               {.example = "secret_key_ref: {env: NAME}"})
      .SecretText("api_key", &T::literal_key,
                  {.doc = "The API key itself. Prefer secret_key_ref: a file is read by many.",
                   .min = 1,
                   .max = 4096,
                   .check = config::CheckOneLine})
      .List("keys", &T::own_keys, KeySchema(), {.max_items = 100})
      .Seconds("key_cooldown_seconds", &T::key_cooldown,
               {.doc = "How long a key is left alone that the provider refused.", .min = 1, .max = 86'400})
      .String("api_key_header", &T::api_key_header,
              {.doc = "Header that carries the key.", .max = 100, .check = config::CheckHeaderName})
      .String("api_key_prefix", &T::api_key_prefix,
              {.doc = "What stands before the key in the header; may be empty.",
               .max = 100,
               .check = config::CheckOneLine});
}

void DeclareTimes(Schema<T>& schema) {
  schema
      .Seconds("timeout_seconds", &T::timeout,
               {.doc = "Longest time for an answer that is not streamed.", .min = 1, .max = 3600})
      .Seconds("stream_timeout_seconds", &T::own_stream_timeout,
               {.doc = "Longest time for a whole stream.",
                .min = 1,
                .max = 86'400,
                .default_doc = "`timeout_seconds`"})
      .Seconds("connect_timeout_seconds", &T::connect_timeout,
               {.doc = "Longest time to connect, TLS included.", .min = 1, .max = 300})
      .Seconds("first_byte_timeout_seconds", &T::first_byte_timeout,
               {.doc = "Longest time until the answer begins.",
                .min = 1,
                .max = 3600,
                .default_doc = "no limit but the whole time"})
      .Seconds("idle_timeout_seconds", &T::idle_timeout,
               {.doc = "Longest silence between two parts of a stream.",
                .min = 1,
                .max = 3600,
                .default_doc = "no limit but the whole time"});
}

}  // namespace

Schema<TargetSettings> TargetSchema() {
  Schema<T> schema("One model of one provider. Listed order matters.");
  DeclareNames(schema);
  DeclareKey(schema);
  DeclareTimes(schema);
  schema
      .Integer(
          "max_context_tokens", &T::max_context_tokens,
          {.doc = "Greatest size of a request, prompt and completion; more is refused before it is sent.",
           .unit = "tokens",
           .min = 1,
           .max = 100'000'000})
      .Enum("format", &T::format,
            {{"openai", std::string("openai")}, {"anthropic", std::string("anthropic")}},
            {.doc = "Wire format of the target; `anthropic` is the Messages API."})
      .Enum("provider_type", &T::provider_type,
            {{"auto", std::string()},
             {"mistral", std::string("mistral")},
             {"openai", std::string("openai")},
             {"azure", std::string("azure")},
             {"anthropic", std::string("anthropic")},
             {"openai_compatible", std::string("openai_compatible")}},
            {.doc = "Dialect of the provider; `auto` works it out from `provider`."})
      .String("azure_api_version", &T::azure_api_version,
              {.doc = "Version of Azure's API, `2024-02-01` or with `-preview`.", .check = CheckAzureVersion})
      .String("azure_deployment", &T::azure_deployment,
              {.doc = "Deployment at Azure.",
               .min = 1,
               .max = 256,
               .check = config::CheckOneLine,
               .default_doc = "the `model`"})
      .Integer(
          "default_max_tokens", &T::default_max_tokens,
          {.doc = "Greatest length of an answer when the client gives none: sent where the provider demands "
                  "one (Anthropic), and counted for `max_cost_usd`.",
           .unit = "tokens",
           .min = 1,
           .max = 1'000'000})
      .Bool("stream_usage", &T::stream_usage,
            {.doc =
                 "Asks for the usage of streams with `stream_options`; false for a server that refuses that.",
             .default_doc = "true where the provider takes it"})
      .Enum("on_unsupported", &T::on_unsupported,
            {{"refuse", OnUnsupported::kRefuse, "400 with the field's name; the default."},
             {"drop", OnUnsupported::kDrop, "left out, which `x-portcullis-dropped` tells."},
             {"pass", OnUnsupported::kPass, "sent; the provider decides."}},
            {.doc = "What becomes of a field of the request that the provider cannot honour."})
      .String("description", &T::description,
              {.doc = "For people: console, logs, health.", .max = 500, .check = config::CheckOneLine})
      .Number("weight", &T::weight,
              {.doc = "Share of the requests under weighted_round_robin.", .min = 0.001, .max = 1'000'000})
      .Integer("priority", &T::priority,
               {.doc = "Lower numbers come first; targets of one number stay as listed.",
                .min = -1'000'000,
                .max = 1'000'000})
      .Number("max_cost_usd", &T::max_cost_usd,
              {.doc = "Greatest cost of a request, by its estimated prompt and `max_tokens`; more is refused "
                      "with 402 "
                      "before it is sent. Needs a known price.",
               .unit = "USD",
               .min = 0,
               .max = 1'000'000,
               .default_doc = "`providers.max_cost_usd`"})
      .Section("pricing", &T::pricing, PricingSchema(),
               {.example = "pricing: {prompt: 2.0, completion: 6.0}"})
      .Section("health_probe", &T::health_probe, HealthProbeSchema(),
               {.example = "health_probe: {enabled: true}"});
  return schema;
}

}  // namespace portcullis::router
