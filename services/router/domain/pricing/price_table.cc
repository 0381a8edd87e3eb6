#include "services/router/domain/pricing/price_table.h"

#include <algorithm>
#include <iterator>

namespace portcullis::router {
namespace {

// From the providers' public pages of prices, https://mistral.ai/pricing and https://openai.com/api/pricing,
// and compared as of kPricesAsOf with compilations of others: docs/providers/prices.md names them and what
// they lack.
constexpr ListPrice kPrices[] = {
    {"mistral", "codestral-2501", {0.3, 0.9}},
    {"mistral", "codestral-2508", {0.3, 0.9}},
    {"mistral", "magistral-medium-2506", {2, 5}},
    {"mistral", "magistral-medium-2509", {2, 5}},
    {"mistral", "magistral-small-2506", {0.5, 1.5}},
    {"mistral", "magistral-small-2509", {0.5, 1.5}},
    {"mistral", "ministral-3b-2410", {0.04, 0.04}},
    {"mistral", "ministral-3b-2512", {0.1, 0.1}},
    {"mistral", "ministral-8b-2410", {0.1, 0.1}},
    {"mistral", "ministral-8b-2512", {0.15, 0.15}},
    {"mistral", "mistral-embed", {0.1, 0}},
    {"mistral", "mistral-large-2411", {2, 6}},
    {"mistral", "mistral-large-2512", {0.5, 1.5}},
    {"mistral", "mistral-medium-2505", {0.4, 2}},
    {"mistral", "mistral-medium-2508", {0.4, 2}},
    {"mistral", "mistral-medium-3-5", {1.5, 7.5}},
    {"mistral", "mistral-small-2503", {0.1, 0.3}},
    {"mistral", "mistral-small-2506", {0.1, 0.3}},
    {"mistral", "mistral-small-2603", {0.15, 0.6}},
    {"mistral", "open-mistral-nemo", {0.15, 0.15}},
    {"mistral", "open-mixtral-8x22b", {2, 6}},
    {"mistral", "pixtral-large-2411", {2, 6}},
    {"openai", "gpt-3.5-turbo", {0.5, 1.5}},
    {"openai", "gpt-4", {30, 60}},
    {"openai", "gpt-4-turbo", {10, 30}},
    {"openai", "gpt-4.1", {2, 8, 0.5}},
    {"openai", "gpt-4.1-mini", {0.4, 1.6, 0.1}},
    {"openai", "gpt-4.1-nano", {0.1, 0.4, 0.025}},
    {"openai", "gpt-4o", {2.5, 10, 1.25}},
    {"openai", "gpt-4o-mini", {0.15, 0.6, 0.075}},
    {"openai", "gpt-5", {1.25, 10, 0.125}},
    {"openai", "gpt-5-mini", {0.25, 2, 0.025}},
    {"openai", "gpt-5-nano", {0.05, 0.4, 0.005}},
    {"openai", "gpt-5.1", {1.25, 10, 0.125}},
    {"openai", "o1", {15, 60, 7.5}},
    {"openai", "o3", {2, 8, 0.5}},
    {"openai", "o3-mini", {1.1, 4.4, 0.55}},
    {"openai", "o4-mini", {1.1, 4.4, 0.275}},
    {"openai", "text-embedding-3-large", {0.13, 0}},
    {"openai", "text-embedding-3-small", {0.02, 0}},
};

// As of kAliasesAsOf.
constexpr ModelAlias kAliases[] = {
    {"mistral", "codestral-latest", "codestral-2508"},
    {"mistral", "magistral-medium-latest", "magistral-medium-2509"},
    {"mistral", "ministral-3b-latest", "ministral-3b-2512"},
    {"mistral", "ministral-8b-latest", "ministral-8b-2512"},
    {"mistral", "mistral-large-latest", "mistral-large-2512"},
    {"mistral", "mistral-medium-latest", "mistral-medium-3-5"},
    {"mistral", "mistral-small-latest", "mistral-small-2603"},
};

}  // namespace

std::optional<Pricing> FindListPrice(std::string_view provider, std::string_view model) {
  for (const ModelAlias& alias : kAliases) {
    if (alias.name == model && alias.provider == provider) model = alias.model;
  }
  for (const ListPrice& row : kPrices) {
    if (row.model == model && row.provider == provider) return row.price;
  }
  return std::nullopt;
}

std::vector<ListPrice> ListPrices() { return {std::begin(kPrices), std::end(kPrices)}; }
std::vector<ModelAlias> ModelAliases() { return {std::begin(kAliases), std::end(kAliases)}; }

uint64_t GreatestCostNanoUsd(const Pricing& pricing, const CompletionRequest& request,
                             uint32_t assumed_output) {
  TokenUsage usage;
  usage.prompt = request.estimated_prompt_tokens;
  if (request.operation != Operation::kEmbeddings) {
    const uint64_t each = request.max_output_tokens != 0 ? request.max_output_tokens : assumed_output;
    usage.completion = each * std::max(request.choices, 1u);
  }
  Pricing dearest = pricing;
  dearest.prompt =
      std::max({pricing.prompt, pricing.cached_prompt.value_or(0), pricing.cache_write.value_or(0)});
  dearest.completion = std::max(pricing.completion, pricing.reasoning.value_or(0));
  return CostNanoUsd(dearest, usage);
}

}  // namespace portcullis::router
