#include "services/router/domain/pricing/price_table.h"

#include <gtest/gtest.h>

#include <set>

namespace portcullis::router {
namespace {

TEST(PriceTable, KnowsExactNamesOnly) {
  ASSERT_TRUE(FindListPrice("openai", "gpt-4o-mini"));
  EXPECT_EQ(FindListPrice("openai", "gpt-4o-mini")->cached_prompt, 0.075);
  EXPECT_EQ(FindListPrice("mistral", "mistral-large-2411")->completion, 6);
  EXPECT_FALSE(FindListPrice("mistral", "mistral-large")) << "no such name";
  EXPECT_FALSE(FindListPrice("groq", "gpt-4o-mini")) << "another provider has other prices";
  EXPECT_FALSE(FindListPrice("openai", ""));
}

TEST(PriceTable, AnAliasCostsWhatItsModelCosts) {
  ASSERT_TRUE(FindListPrice("mistral", "mistral-small-latest"));
  EXPECT_EQ(FindListPrice("mistral", "mistral-small-latest")->prompt, 0.15);
  EXPECT_EQ(FindListPrice("mistral", "mistral-small-latest")->completion, 0.6);
  EXPECT_FALSE(FindListPrice("openai", "mistral-small-latest"));
  for (const ModelAlias& alias : ModelAliases()) {
    const std::optional<Pricing> behind = FindListPrice(alias.provider, alias.model);
    ASSERT_TRUE(behind) << alias.name;
    EXPECT_EQ(FindListPrice(alias.provider, alias.name)->completion, behind->completion) << alias.name;
  }
  // Those of the page.
  for (const char* name : {"mistral-small-latest", "mistral-medium-latest", "mistral-large-latest",
                           "codestral-latest", "ministral-8b-latest"}) {
    EXPECT_TRUE(FindListPrice("mistral", name)) << name;
  }
}

TEST(PriceTable, EveryRowIsSound) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const ListPrice& row : ListPrices()) {
    EXPECT_TRUE(seen.emplace(row.provider, row.model).second) << row.model;
    EXPECT_GT(row.price.prompt, 0) << row.model;
    EXPECT_GE(row.price.completion, 0) << row.model;
    EXPECT_LT(row.price.cached_prompt.value_or(0), row.price.prompt) << row.model;
  }
}

TEST(GreatestCost, CountsThePromptAndTheLongestAnswers) {
  CompletionRequest request;
  request.estimated_prompt_tokens = 1000;
  EXPECT_EQ(GreatestCostNanoUsd({2, 6}, request, 4096), 1000u * 2000 + 4096u * 6000);
  request.max_output_tokens = 10;
  EXPECT_EQ(GreatestCostNanoUsd({2, 6}, request, 4096), 1000u * 2000 + 10u * 6000);
  request.choices = 3;
  EXPECT_EQ(GreatestCostNanoUsd({2, 6}, request, 4096), 1000u * 2000 + 30u * 6000);
  EXPECT_EQ(GreatestCostNanoUsd({2, 6, 0.2, 2.5, 12}, request, 4096), 1000u * 2500 + 30u * 12000)
      << "by the dearest way";
  request.operation = Operation::kEmbeddings;
  EXPECT_EQ(GreatestCostNanoUsd({2, 6}, request, 4096), 1000u * 2000);
}

}  // namespace
}  // namespace portcullis::router
