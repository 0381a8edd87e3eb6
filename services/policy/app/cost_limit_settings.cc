#include "services/policy/app/cost_limit_settings.h"

#include "libs/config/codes.h"
#include "services/policy/app/control_settings.h"

namespace portcullis::policy {
namespace {

constexpr double kMostUsd = 1e6;

}  // namespace

config::Schema<CostLimitOptions> CostLimitSchema() {
  using O = CostLimitOptions;
  config::Schema<CostLimit> limit("A limit for the requests that fit.");
  limit
      .Number("max_cost_usd", &CostLimit::max_cost_usd,
              {.doc = "What such a request may cost at most.",
               .unit = "US dollars",
               .min = 0,
               .max = kMostUsd,
               .required = true,
               .example = "max_cost_usd: 0.5"})
      .Section("when", &CostLimit::when, ConditionSchema())
      .UnknownKeys(config::code::kUnknownPolicyKey, "key");
  config::Schema<O> schema(
      "What a request may cost at most, by its estimate and its limit of tokens. More is refused with 402 "
      "before anything is sent.");
  schema
      .Number("max_cost_usd", &O::max_cost_usd,
              {.doc = "Where none of `limits` fits.",
               .unit = "US dollars",
               .min = 0,
               .max = kMostUsd,
               .default_doc = "no limit"})
      .List("limits", &O::limits, limit, {.doc = "The first that fits holds.", .max_items = 1'000});
  return schema.UnknownKeys(config::code::kUnknownPolicyKey, "key");
}

}  // namespace portcullis::policy
