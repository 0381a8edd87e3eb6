#include "services/edge/domain/axonflow/meters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "services/edge/domain/axonflow/meter_pages.h"

namespace portcullis::edge {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kNow = 1'700'000'000'000'000;

audit::Record RecordOf(std::string endpoint, std::string outcome, uint64_t total_us) {
  audit::Record record;
  record.endpoint = std::move(endpoint);
  record.outcome = std::move(outcome);
  record.http_status = record.outcome == "ok" ? 200 : 500;
  record.verdict = record.outcome == "ok" ? "allow" : "error";
  record.time_us = kNow;
  record.total_us = total_us;
  return record;
}

nlohmann::json PageOf(const MeterFigures& figures) {
  return nlohmann::json::parse(MetricsPage(figures, {kNow, 10}));
}

TEST(Meters, IntentsAndAmendmentsDoNotCount) {
  Meter meter;
  audit::Record record = RecordOf("/api/request", "ok", 1'000);
  record.kind = audit::LeafKind::kIntent;
  meter.Take(record);
  record.kind = audit::LeafKind::kAmendment;
  meter.Take(record);
  EXPECT_EQ(meter.Figures().total, 0u);
}

TEST(Meters, WorkersAreAddedUp) {
  Meter first, second;
  first.Take(RecordOf("/api/request", "ok", 3'000));
  second.Take(RecordOf("/api/request", "ok", 700'000));
  second.Take(RecordOf("/api/request", "upstream_failed", 1'000));
  MeterFigures figures = first.Figures();
  figures.Add(second.Figures());
  const nlohmann::json agent = PageOf(figures)["agent_metrics"];
  EXPECT_EQ(agent["total_requests"], 3);
  EXPECT_EQ(agent["failed_requests"], 1);
  EXPECT_DOUBLE_EQ(agent["rps"], 0.3);
  EXPECT_DOUBLE_EQ(agent["error_rate_per_sec"], 0.1);
  EXPECT_DOUBLE_EQ(agent["p50_ms"], 3);
  EXPECT_DOUBLE_EQ(agent["p99_ms"], 700);
}

TEST(Meters, RatesAreOfTheLastMinute) {
  Meter meter;
  meter.Take(RecordOf("/api/request", "ok", 1));
  EXPECT_DOUBLE_EQ(
      nlohmann::json::parse(MetricsPage(meter.Figures(), {kNow + 61'000'000, 100}))["agent_metrics"]["rps"],
      0);
}

TEST(Meters, PercentilesAreOfTheLastThousand) {
  Meter meter;
  for (int i = 0; i < 500; ++i) meter.Take(RecordOf("/api/request", "ok", 900'000));
  for (int i = 0; i < 1000; ++i) meter.Take(RecordOf("/api/request", "ok", 2'000));
  EXPECT_DOUBLE_EQ(PageOf(meter.Figures())["agent_metrics"]["p99_ms"], 2);
}

TEST(Meters, FiveErrorsInARowAreUnhealthyUntilOneSucceeds) {
  Meter meter;
  for (int i = 0; i < 5; ++i) meter.Take(RecordOf("/api/request", "upstream_failed", 1));
  EXPECT_EQ(PageOf(meter.Figures())["health"]["healthy"], false);
  meter.Take(RecordOf("/api/request", "ok", 1));
  EXPECT_EQ(PageOf(meter.Figures())["health"]["healthy"], true);
}

TEST(Meters, ReportedModelsAreBounded) {
  Meter meter;
  for (size_t i = 0; i < Meter::kMaxReported + 5; ++i) {
    audit::Record record = RecordOf("/api/audit/llm-call", "ok", 1);
    record.provider = "p" + std::to_string(i);
    record.model = "m";
    record.prompt_tokens = 2;
    meter.Take(record);
  }
  const MeterFigures figures = meter.Figures();
  EXPECT_EQ(figures.reported.size(), Meter::kMaxReported + 1);
  EXPECT_EQ(figures.reported.at({"other", "other"}).prompt_tokens, 10u);
}

TEST(Meters, BucketsOfPrometheusAreCumulativeAndLabelsEscaped) {
  Meter meter;
  audit::Record record = RecordOf("/api/audit/llm-call", "ok", 4'000);
  record.provider = "a\"b\\c\nd";
  record.model = "m";
  meter.Take(record);
  const std::string page = PrometheusPage(meter.Figures());
  EXPECT_THAT(page, HasSubstr("axonflow_gateway_audit_duration_milliseconds_bucket{le=\"2\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("axonflow_gateway_audit_duration_milliseconds_bucket{le=\"5\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("axonflow_gateway_audit_duration_milliseconds_bucket{le=\"+Inf\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("provider=\"a\\\"b\\\\c\\nd\""));
  EXPECT_THAT(page, Not(HasSubstr("llm_calls_total{")));
}

}  // namespace
}  // namespace portcullis::edge
