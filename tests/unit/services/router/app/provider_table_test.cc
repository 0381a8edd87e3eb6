#include "services/router/app/provider_table.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/config/checks.h"

namespace portcullis::router {
namespace {

TEST(ProviderTable, KnowsMistral) {
  const ProviderInfo* mistral = FindProvider("mistral");
  ASSERT_NE(mistral, nullptr);
  EXPECT_EQ(mistral->base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(mistral->key_variable, "MISTRAL_API_KEY");
  EXPECT_EQ(mistral->dialect, "mistral");
  EXPECT_EQ(FindProvider("nobody"), nullptr);
}

TEST(ProviderTable, EveryRowIsSound) {
  const std::set<std::string> dialects = {"mistral", "openai", "azure", "anthropic", "openai_compatible"};
  std::set<std::string> seen;
  for (const std::string& name : ProviderNames()) {
    const ProviderInfo& info = *FindProvider(name);
    EXPECT_TRUE(seen.insert(name).second) << name;
    if (info.dialect != "azure") {
      EXPECT_EQ(config::CheckUrl(info.base_url), "") << name;
      EXPECT_NE(info.base_url.back(), '/') << name;
    }
    EXPECT_TRUE(info.key_variable.empty() || config::CheckVariableName(info.key_variable).empty()) << name;
    EXPECT_TRUE(dialects.count(std::string(info.dialect))) << name;
    EXPECT_FALSE(IsForeignProvider(name)) << name;
  }
}

TEST(ProviderTable, CompletesTheBareHostsOfKnownProviders) {
  EXPECT_EQ(NormalizeBaseUrl("https://api.mistral.ai"), "https://api.mistral.ai/v1");
  EXPECT_EQ(NormalizeBaseUrl("https://api.mistral.ai/"), "https://api.mistral.ai/v1");
  EXPECT_EQ(NormalizeBaseUrl("https://api.mistral.ai/v1/"), "https://api.mistral.ai/v1");
  EXPECT_EQ(NormalizeBaseUrl("https://api.groq.com"), "https://api.groq.com/openai/v1");
  EXPECT_EQ(NormalizeBaseUrl("https://mine.example"), "https://mine.example");
  EXPECT_EQ(NormalizeBaseUrl("https://mine.example/api/"), "https://mine.example/api");
}

}  // namespace
}  // namespace portcullis::router
