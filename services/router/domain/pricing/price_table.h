// What tokens cost where nobody says it in the configuration, and what a request may cost at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/router/api/cost.h"
#include "services/router/api/router_api.h"

namespace portcullis::router {

// A row of the built-in table: list prices of the provider's own API, in USD, without taxes and discounts.
struct ListPrice {
  std::string_view provider;  // as in the configuration: "mistral", "openai"
  std::string_view model;     // the exact name
  Pricing price;
};

// A name that moves, and the model to which it led on kAliasesAsOf.
struct ModelAlias {
  std::string_view provider;
  std::string_view name;   // "mistral-small-latest"
  std::string_view model;  // of a row of the table
};

// The day of the last comparison with what others know.
inline constexpr std::string_view kPricesAsOf = "2026-06-21";

// The day on which the aliases were read from Mistral's overview of its models, as hivebook.wiki copied it
// (docs/providers/prices.md).
inline constexpr std::string_view kAliasesAsOf = "2026-05-14";

// The price of a model, or of the one behind an alias. Nothing for a model that the table does not have: an
// unknown price is unknown, not 0.
std::optional<Pricing> FindListPrice(std::string_view provider, std::string_view model);

// All rows, for the page in docs/providers.
std::vector<ListPrice> ListPrices();
std::vector<ModelAlias> ModelAliases();

// What the request may cost: its estimated prompt and the longest answers that it allows, `assumed_output`
// tokens each when it does not say. Embeddings have no answer to pay for.
uint64_t GreatestCostNanoUsd(const Pricing& pricing, const CompletionRequest& request,
                             uint32_t assumed_output);

}  // namespace portcullis::router
