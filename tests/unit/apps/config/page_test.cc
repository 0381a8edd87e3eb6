// Every configuration of the page that the product was asked for from, with its indentation restored.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "apps/config/load_config.h"

namespace portcullis::app {
namespace {

LoadedConfig LoadPage(const std::string& name) {
  return LoadConfigFile(std::string(PORTCULLIS_TEST_DATA) + "/page/" + name,
                        config::MapEnvironment(std::map<std::string, std::string, std::less<>>{
                            {"MISTRAL_API_KEY", "m-key"}, {"OPENAI_API_KEY", "o-key"}}));
}

TEST(Page, EveryConfigurationLoadsWithoutErrorsOrWarnings) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(PORTCULLIS_TEST_DATA) + "/page")) {
    const LoadedConfig loaded = LoadPage(entry.path().filename());
    EXPECT_EQ(loaded.issues.count(config::Severity::kError), 0u) << loaded.issues.Text();
    EXPECT_EQ(loaded.issues.count(config::Severity::kWarning), 0u) << loaded.issues.Text();
    EXPECT_FALSE(loaded.router.targets.empty()) << entry.path();
    for (const auto& target : loaded.router.targets) EXPECT_NE(target.api_key, "") << entry.path();
    ++count;
  }
  EXPECT_EQ(count, 14u);
}

TEST(Page, TheFlagshipHasItsChain) {
  const LoadedConfig loaded = LoadPage("01_minimal.yaml");
  EXPECT_TRUE(loaded.issues.all().empty()) << loaded.issues.Text();
  EXPECT_EQ(loaded.pack.name, "mistral-gateway");
  EXPECT_EQ(loaded.chain.chain.size(), 4u);
  EXPECT_DOUBLE_EQ(loaded.chain.prompt_injection.threshold, 0.8);
  EXPECT_EQ(loaded.chain.safety_filter.mode, "strict");
  EXPECT_EQ(loaded.audit.retention_days, 365);
  EXPECT_EQ(loaded.router.strategy, router::Strategy::kSingle);
}

TEST(Page, ShorthandAndExplicitAreEqual) {
  const LoadedConfig brief = LoadPage("02_shorthand.yaml"), full = LoadPage("02_explicit.yaml");
  EXPECT_EQ(brief.effective, full.effective);
  EXPECT_EQ(brief.version, full.version);
}

TEST(Page, FallbackKeepsTheListedOrder) {
  const LoadedConfig loaded = LoadPage("11_combined.yaml");
  ASSERT_EQ(loaded.router.targets.size(), 3u);
  EXPECT_EQ(loaded.router.strategy, router::Strategy::kOrdered);
  EXPECT_EQ(loaded.router.targets[0].id, "mistral-large-primary");
  EXPECT_EQ(loaded.router.targets[2].provider, "openai");
  EXPECT_EQ(loaded.router.targets[2].api_key, "o-key");
  EXPECT_EQ(loaded.router.targets[2].base_url, "https://api.openai.com/v1");
}

TEST(Page, AllFourteenTargetFields) {
  const LoadedConfig loaded = LoadPage("12_all_target_fields.yaml");
  ASSERT_EQ(loaded.router.targets.size(), 1u);
  const router::TargetOptions& t = loaded.router.targets[0];
  EXPECT_EQ(t.id, "mistral-large");
  EXPECT_EQ(t.provider, "mistral");
  EXPECT_EQ(t.model, "mistral-large-latest");
  EXPECT_EQ(t.base_url, "https://api.mistral.ai/v1");
  EXPECT_EQ(t.api_key_source, "environment variable MISTRAL_API_KEY");
  EXPECT_EQ(t.timeout.count(), 45'000);
  EXPECT_EQ(t.stream_timeout.count(), 180'000);
  EXPECT_EQ(t.max_context_tokens, 128'000u);
  EXPECT_EQ(t.format, "openai");
  EXPECT_EQ(t.provider_type, "mistral");  // `auto`, worked out
  EXPECT_EQ(t.description, "Flagship, for the support team");
  EXPECT_DOUBLE_EQ(t.weight, 2.5);
  EXPECT_DOUBLE_EQ(t.pricing.value().prompt, 2.0);
  EXPECT_TRUE(t.health_probe.enabled);
  EXPECT_EQ(t.health_probe.interval.count(), 20'000);
}

TEST(Page, TheSupersetSaysWhatThePageOnlyNames) {
  const LoadedConfig loaded = LoadPage("13_superset.yaml");
  EXPECT_EQ(loaded.router.circuit_breaker.failure_threshold, 4);
  EXPECT_EQ(loaded.router.circuit_breaker.recovery_timeout.count(), 25'000);
  EXPECT_EQ(loaded.router.retry.max_attempts, 2);
  EXPECT_FALSE(loaded.router.retry.respect_retry_after);
}

}  // namespace
}  // namespace portcullis::app
