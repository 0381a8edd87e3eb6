// What a request may cost, by its circumstances.
#include <gtest/gtest.h>

#include "policy_harness.h"

namespace portcullis::policy {
namespace {

ChainOptions Limited() {
  ChainOptions options;
  options.chain = {"cost-limit"};
  options.cost_limit.max_cost_usd = 0.05;
  CostLimit research;
  research.max_cost_usd = 2;
  research.when.tenants = {"research-*"};
  CostLimit large;
  large.max_cost_usd = 0.001;
  large.when.models = {"*-large"};
  large.when.headers = {{"x-team", "sales"}};
  options.cost_limit.limits = {research, large};
  return options;
}

std::optional<uint64_t> LimitOf(const ChainOptions& options, const OpenRequest& request) {
  Harness harness(options);
  auto result = harness.OpenAs(request);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->decision.max_cost_nano_usd : std::nullopt;
}

TEST(CostLimit, TheFirstThatFitsHolds) {
  OpenRequest request;
  EXPECT_EQ(LimitOf(Limited(), request), 50'000'000u);
  request.context.tenant = "research-7";
  request.model = "mistral-large";
  request.headers = {{"x-team", "sales"}};
  EXPECT_EQ(LimitOf(Limited(), request), 2'000'000'000u);
  request.context.tenant.clear();
  EXPECT_EQ(LimitOf(Limited(), request), 1'000'000u);
  request.headers.clear();
  EXPECT_EQ(LimitOf(Limited(), request), 50'000'000u) << "all conditions must hold";
}

TEST(CostLimit, WithoutItNothingIsLimited) {
  ChainOptions options = Limited();
  options.cost_limit.max_cost_usd.reset();
  EXPECT_FALSE(LimitOf(options, OpenRequest()));
  options = Limited();
  options.chain = {"secrets"};
  EXPECT_FALSE(LimitOf(options, OpenRequest()));
}

TEST(CostLimit, NeedsALimit) {
  ChainOptions options;
  options.chain = {"cost-limit"};
  const auto bundle = Bundle::Compile(options);
  EXPECT_EQ(bundle.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(bundle.status().message().find("max_cost_usd"), std::string::npos) << bundle.status();
}

TEST(CostLimit, IsInTheHash) {
  ChainOptions other = Limited();
  other.cost_limit.limits[1].max_cost_usd = 0.002;
  EXPECT_NE((*Bundle::Compile(Limited()))->hash(), (*Bundle::Compile(other))->hash());
}

}  // namespace
}  // namespace portcullis::policy
