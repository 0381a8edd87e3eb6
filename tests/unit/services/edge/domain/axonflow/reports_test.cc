#include "services/edge/domain/axonflow/reports.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "services/edge/domain/axonflow/answers.h"

namespace portcullis::edge {
namespace {

using nlohmann::json;

constexpr int64_t kNow = 1'772'000'000'000'000;  // 2026-02-25T06:13:20Z, a Wednesday

audit::StatsGroup Group(std::vector<std::string> values, uint64_t records, double cost) {
  audit::StatsGroup group;
  group.values = std::move(values);
  group.records = records;
  group.prompt_tokens = 10 * records;
  group.completion_tokens = 3 * records;
  group.cost_usd = cost;
  return group;
}

TEST(Reports, PeriodsAreOfTheCalendar) {
  const std::pair<const char*, std::pair<const char*, const char*>> kRows[] = {
      {"daily", {"2026-02-25", "2026-02-26"}},     {"weekly", {"2026-02-23", "2026-03-02"}},
      {"monthly", {"2026-02-01", "2026-03-01"}},   {"", {"2026-02-01", "2026-03-01"}},
      {"quarterly", {"2026-01-01", "2026-04-01"}}, {"yearly", {"2026-01-01", "2027-01-01"}}};
  for (const auto& [name, days] : kRows) {
    const auto period = PeriodOf(name, kNow);
    ASSERT_TRUE(period) << name;
    EXPECT_EQ(Rfc3339(period->start_us).substr(0, 10), days.first) << name;
    EXPECT_EQ(Rfc3339(period->end_us).substr(0, 10), days.second) << name;
  }
  EXPECT_FALSE(PeriodOf("fortnightly", kNow));
}

TEST(Reports, AMondayBeginsItsOwnWeek) {
  EXPECT_EQ(Rfc3339(PeriodOf("weekly", kNow - 2 * 86'400'000'000)->start_us).substr(0, 10), "2026-02-23");
}

TEST(Reports, RecordsWithoutAProviderAreNoUsage) {
  audit::Stats stats;
  stats.groups = {Group({"", "", ""}, 5, 0), Group({"m", "t", "mistral"}, 2, 0.5)};
  const json summary = json::parse(UsageSummary(*PeriodOf("daily", kNow), stats));
  EXPECT_EQ(summary["total_requests"], 2);
  EXPECT_EQ(summary["total_tokens_in"], 20);
  EXPECT_DOUBLE_EQ(summary["average_cost_per_request"], 0.25);
}

TEST(Reports, NoUsageIsZeroAndEmpty) {
  const UsagePeriod period = *PeriodOf("daily", kNow);
  EXPECT_DOUBLE_EQ(json::parse(UsageSummary(period, {}))["average_cost_per_request"], 0);
  EXPECT_EQ(json::parse(UsageBreakdown("provider", period, {}, {}))["items"], json::array());
  EXPECT_EQ(UsageRecords({}, 0), "{\"records\":[],\"total\":0}");
}

TEST(Reports, AModelThatNobodyNamedIsThatOfTheTarget) {
  audit::Stats stats;
  stats.groups = {Group({"", "t", "mistral"}, 1, 0.25), Group({"large", "t", "mistral"}, 1, 0.75)};
  const std::vector<AxonFlowTarget> targets = {{"t", "mistral", "large"}};
  const json breakdown = json::parse(UsageBreakdown("model", *PeriodOf("daily", kNow), stats, targets));
  ASSERT_EQ(breakdown["items"].size(), 1u);
  EXPECT_EQ(breakdown["items"][0]["group_value"], "large");
  EXPECT_EQ(breakdown["items"][0]["request_count"], 2);
  EXPECT_EQ(UsageCount(stats, "large", targets), 2u);
}

TEST(Reports, CallersSeeTheirOwnRecords) {
  AuditSearchBody body;
  body.client_id = "other";
  AuditPage community, enterprise;
  EXPECT_FALSE(ReadAuditPage(body, "me", true, &community));
  EXPECT_EQ(community.query.principal, "other");
  EXPECT_FALSE(ReadAuditPage(body, "me", false, &enterprise));
  EXPECT_EQ(enterprise.query.principal, "me");
  EXPECT_TRUE(enterprise.nothing);
}

TEST(Reports, TimesHaveZonesOrAreUtc) {
  for (const char* text : {"2026-01-31T12:00:00Z", "2026-01-31T14:00:00+02:00", "2026-01-31T12:00:00.000"}) {
    AuditSearchBody body;
    body.start_time = text;
    AuditPage page;
    EXPECT_FALSE(ReadAuditPage(body, "me", true, &page)) << text;
    EXPECT_EQ(Rfc3339(page.query.since_us), "2026-01-31T12:00:00.000000Z") << text;
  }
}

TEST(Reports, QueriesOfUrls) {
  const PageQuery query("provider=mis%74ral&model=a+b&limit=7&empty=&broken%zz=1&limit=9");
  EXPECT_EQ(query.Text("provider"), "mistral");
  EXPECT_EQ(query.Text("model"), "a b");
  EXPECT_EQ(query.Text("nothing"), "");
  EXPECT_EQ(query.Text("broken%zz"), "1");
  EXPECT_EQ(query.Number("limit", 1, 10, 5), 7u);
  EXPECT_EQ(query.Number("nothing", 1, 10, 5), 5u);
  EXPECT_EQ(query.Number("limit", 8, 10, 5), std::nullopt);
  EXPECT_EQ(query.Number("provider", 1, 10, 5), std::nullopt);
  EXPECT_EQ(PercentDecoded("a%2Fb+c%4", false), "a/b+c%4");
}

}  // namespace
}  // namespace portcullis::edge
