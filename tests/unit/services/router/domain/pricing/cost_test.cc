#include "services/router/api/cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "libs/telemetry/backend/prometheus_metrics.h"

namespace portcullis::router {
namespace {

constexpr telemetry::MetricDescription kCost{"portcullis_cost_usd_total", telemetry::MetricType::kCounter,
                                             "Cost.", "target"};

TEST(Cost, IsTokensTimesPricePerMillion) {
  EXPECT_EQ(CostNanoUsd({2, 6}, {1'000'000, 1'000'000}), 8'000'000'000u);
  EXPECT_EQ(CostNanoUsd({2, 6}, {7, 2}), 26'000u);
  EXPECT_EQ(CostNanoUsd({0, 0}, {7, 2}), 0u);
}

TEST(Cost, PartsHaveTheirOwnPrice) {
  const Pricing pricing{1, 10, 0.1, 1.25, 20};
  EXPECT_EQ(CostNanoUsd(pricing, {1000, 100, 400, 200, 30}),
            400u * 1000 + 400u * 100 + 200u * 1250 + 70u * 10'000 + 30u * 20'000);
  EXPECT_EQ(CostNanoUsd({1, 10}, {1000, 100, 400, 200, 30}), 1000u * 1000 + 100u * 10'000) << "as the rest";
  EXPECT_EQ(CostNanoUsd({1, 1, 0.5}, {10, 0, 99}), 5'000u) << "never more parts than there are";
}

TEST(Cost, RoundsOnceHalfUp) {
  EXPECT_EQ(CostNanoUsd({0.0005, 0}, {1, 0}), 1u);    // 0.5 nano-dollars
  EXPECT_EQ(CostNanoUsd({0.000499, 0}, {1, 0}), 0u);  // just below
  EXPECT_EQ(CostNanoUsd({0.075, 0.3}, {1, 1}), 375u);
  EXPECT_EQ(CostNanoUsd({0.0005, 0.0005}, {1, 1}), 1u);  // the sum is rounded, not its parts
}

TEST(Cost, DoesNotOverflow) {
  const uint64_t many = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(CostNanoUsd({100'000, 100'000}, {many, many}), many);
  EXPECT_EQ(CostNanoUsd({100'000, 0}, {1'000'000'000, 0}), 100'000'000'000'000'000u);
}

TEST(FormatUsd, IsDecimalAndExact) {
  EXPECT_EQ(FormatUsd(0), "0");
  EXPECT_EQ(FormatUsd(1), "0.000000001");
  EXPECT_EQ(FormatUsd(26'000), "0.000026");
  EXPECT_EQ(FormatUsd(1'500'000'000), "1.5");
  EXPECT_EQ(FormatUsd(12'000'000'000), "12");
}

TEST(ParseUsd, TakesDecimalsOnly) {
  EXPECT_EQ(ParseUsd("0.05"), 50'000'000u);
  EXPECT_EQ(ParseUsd("12"), 12'000'000'000u);
  EXPECT_EQ(ParseUsd("0.0000000019"), 1u);
  for (const char* bad :
       {"", ".", "-1", "1e3", "abc", "1.", ".5", " 1", "1.2.3", "99999999999", "1000000001", "nan"}) {
    EXPECT_FALSE(ParseUsd(bad)) << bad;
  }
}

// What the header shows, what the record keeps and what the metric sums up, over many requests.
TEST(Cost, HeaderRecordAndMetricAgreeExactly) {
  std::mt19937_64 random(20'261'121);
  telemetry::PrometheusMetrics metrics;
  telemetry::Counter& counter = metrics.AddCounter(kCost, {{"target", "t"}});
  const Pricing prices[] = {
      {2, 6}, {0.15, 0.6, 0.075}, {0.1, 0.3}, {1.25, 10, 0.125, 1.5, 11.3}, {0.000333, 0.7777}};
  uint64_t header_sum = 0, record_sum = 0;
  double metric_sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const TokenUsage usage{random() % 20'000, random() % 4'000, random() % 5'000, random() % 100,
                           random() % 1'000};
    const uint64_t cost = CostNanoUsd(prices[random() % 5], usage);
    const std::optional<uint64_t> header = ParseUsd(FormatUsd(cost));
    ASSERT_EQ(header, cost);
    const double record = ToUsd(cost);
    ASSERT_EQ(static_cast<uint64_t>(std::llround(record * 1e9)), cost);
    header_sum += *header;
    record_sum += static_cast<uint64_t>(std::llround(record * 1e9));
    counter.Add(record);
    metric_sum += record;
  }
  EXPECT_EQ(header_sum, record_sum);
  EXPECT_EQ(static_cast<uint64_t>(std::llround(metric_sum * 1e9)), header_sum);
  const std::string page = metrics.Scrape();
  const double scraped = std::stod(page.substr(page.find("} ") + 2));
  EXPECT_EQ(static_cast<uint64_t>(std::llround(scraped * 1e9)), header_sum);
}

}  // namespace
}  // namespace portcullis::router
