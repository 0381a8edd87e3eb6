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

// An audit log of `size` records, newest first, of which every `step`th is of a call with a provider.
class Log {
 public:
  Log(uint64_t size, uint64_t step) : size_(size), step_(step) {}

  std::vector<audit::StoredRecord> Answer(const UsageScan& scan) {
    ++questions;
    read += scan.next_question();
    std::vector<audit::StoredRecord> records;
    uint64_t row = scan.last_row() == 0 ? size_ : scan.last_row() - 1;
    for (; row > 0 && records.size() < scan.next_question(); --row) {
      audit::StoredRecord& record = records.emplace_back();
      record.row = row;
      if (row % step_ == 0) record.record.provider = "mistral";
      record.record.model = row % (2 * step_) == 0 ? "large" : "small";
    }
    return records;
  }

  std::vector<uint64_t> Rows(UsageScan scan) {
    while (scan.next_question() > 0) scan.Take(Answer(scan));
    std::vector<uint64_t> rows;
    for (const audit::StoredRecord& record : scan.found()) rows.push_back(record.row);
    return rows;
  }

  uint64_t questions = 0;
  uint64_t read = 0;

 private:
  const uint64_t size_, step_;
};

TEST(UsageScan, ReadsAPageAndNoMoreWhereAllRecordsAreUsage) {
  Log log(100'000, 1);
  EXPECT_EQ(log.Rows(UsageScan("", 2, 3)), (std::vector<uint64_t>{99'998, 99'997, 99'996}));
  EXPECT_EQ(log.questions, 1u);
  EXPECT_EQ(log.read, 5u);
}

TEST(UsageScan, ReadsOnWhereOthersLieBetween) {
  Log log(1'000, 10);
  EXPECT_EQ(log.Rows(UsageScan("", 1, 3)), (std::vector<uint64_t>{990, 980, 970}));
  EXPECT_LE(log.read, 64u);
  EXPECT_EQ(log.Rows(UsageScan("large", 0, 2)), (std::vector<uint64_t>{1'000, 980}));
}

TEST(UsageScan, EndsWithTheLogOrTheLimit) {
  Log brief(5, 1);
  EXPECT_EQ(brief.Rows(UsageScan("", 0, 100)).size(), 5u);
  EXPECT_EQ(brief.questions, 1u);
  Log nothing(1'000'000, 2'000'000);
  EXPECT_TRUE(nothing.Rows(UsageScan("", 0, 50)).empty());
  EXPECT_EQ(nothing.read, UsageScan::kMaxScanned);
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
