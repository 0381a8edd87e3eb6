#include "libs/telemetry/backend/prometheus_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "libs/telemetry/backend/process_metrics.h"
#include "libs/testing/fake_clock.h"

namespace portcullis::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr MetricDescription kHits{"portcullis_hits_total", MetricType::kCounter, "Hits, by tier.",
                                  "tier,zone"};
constexpr MetricDescription kDepth{"portcullis_depth", MetricType::kGauge, "Depth.", ""};
constexpr MetricDescription kTime{"portcullis_time_seconds", MetricType::kHistogram, "Time.", "path"};

TEST(PrometheusMetricsTest, WritesTheTextFormat) {
  PrometheusMetrics metrics;
  metrics.AddCounter(kHits, {{"zone", "eu"}, {"tier", "gold"}}).Add(2);
  metrics.AddCounter(kHits, {{"tier", "free"}}).Add(0.5);
  metrics.AddGauge(kDepth, {}).Set(-3);
  Histogram& time = metrics.AddHistogram(kTime, {0.1, 0.5, 1}, {{"path", "/a"}});
  for (const double seconds : {0.05, 0.1, 0.25, 7.0}) time.Observe(seconds);
  EXPECT_EQ(metrics.Scrape(),
            "# HELP portcullis_depth Depth.\n"
            "# TYPE portcullis_depth gauge\n"
            "portcullis_depth -3\n"
            "# HELP portcullis_hits_total Hits, by tier.\n"
            "# TYPE portcullis_hits_total counter\n"
            "portcullis_hits_total{tier=\"free\"} 0.5\n"
            "portcullis_hits_total{tier=\"gold\",zone=\"eu\"} 2\n"
            "# HELP portcullis_time_seconds Time.\n"
            "# TYPE portcullis_time_seconds histogram\n"
            "portcullis_time_seconds_count{path=\"/a\"} 4\n"
            "portcullis_time_seconds_sum{path=\"/a\"} 7.4\n"
            "portcullis_time_seconds_bucket{path=\"/a\",le=\"0.1\"} 2\n"
            "portcullis_time_seconds_bucket{path=\"/a\",le=\"0.5\"} 3\n"
            "portcullis_time_seconds_bucket{path=\"/a\",le=\"1\"} 3\n"
            "portcullis_time_seconds_bucket{path=\"/a\",le=\"+Inf\"} 4\n");
}

TEST(PrometheusMetricsTest, EscapesLabelValues) {
  PrometheusMetrics metrics;
  metrics.AddCounter(kHits, {{"tier", "a\"b\\c\nd"}}).Add();
  EXPECT_THAT(metrics.Scrape(), HasSubstr(R"(portcullis_hits_total{tier="a\"b\\c\nd"} 1)"));
}

TEST(PrometheusMetricsTest, GivesTheSameInstrumentForTheSameLabels) {
  PrometheusMetrics metrics;
  Counter& first = metrics.AddCounter(kHits, {{"tier", "a"}, {"zone", "b"}});
  EXPECT_EQ(&first, &metrics.AddCounter(kHits, {{"zone", "b"}, {"tier", "a"}}));
  EXPECT_NE(&first, &metrics.AddCounter(kHits, {{"tier", "a"}}));
}

TEST(PrometheusMetricsTest, CountersOnlyGrow) {
  PrometheusMetrics metrics;
  Counter& hits = metrics.AddCounter(kHits, {});
  hits.Add(1);
  hits.Add(-5);
  hits.Add(std::nan(""));
  EXPECT_THAT(metrics.Scrape(), HasSubstr("portcullis_hits_total 1\n"));
}

TEST(PrometheusMetricsTest, HistogramsDropNan) {
  PrometheusMetrics metrics;
  Histogram& time = metrics.AddHistogram(kTime, {1}, {});
  time.Observe(std::nan(""));
  time.Observe(1);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("portcullis_time_seconds_sum 1\n"));
}

// More threads than shards: some share a slot, and nothing may be lost.
TEST(PrometheusMetricsTest, LosesNothingBetweenThreads) {
  constexpr int kThreads = 24, kTimes = 5000;
  PrometheusMetrics metrics;
  Counter& hits = metrics.AddCounter(kHits, {});
  Gauge& depth = metrics.AddGauge(kDepth, {});
  Histogram& time = metrics.AddHistogram(kTime, LatencyBuckets(), {});
  std::atomic<bool> stop = false;
  std::thread scraper([&] {
    while (!stop) EXPECT_THAT(metrics.Scrape(), HasSubstr("portcullis_hits_total"));
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < kTimes; ++k) {
        hits.Add();
        depth.Add(i % 2 == 0 ? 1 : -1);
        time.Observe(k % 2 == 0 ? 0.5 : 0.0001);
        if (k % 1000 == 0) metrics.AddCounter(kHits, {{"tier", std::to_string(k)}}).Add();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  scraper.join();
  const std::string text = metrics.Scrape();
  EXPECT_THAT(text, HasSubstr("portcullis_hits_total 120000\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_hits_total{tier=\"4000\"} 24\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_depth 0\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_time_seconds_count 120000\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_time_seconds_bucket{le=\"0.0001\"} 60000\n"));
}

TEST(PrometheusMetricsTest, AsksAtEachScrape) {
  PrometheusMetrics metrics;
  Gauge& depth = metrics.AddGauge(kDepth, {});
  int scrapes = 0;
  metrics.OnScrape([&] { depth.Set(++scrapes); });
  EXPECT_THAT(metrics.Scrape(), HasSubstr("portcullis_depth 1\n"));
  EXPECT_THAT(metrics.Scrape(), HasSubstr("portcullis_depth 2\n"));
}

using PrometheusMetricsDeathTest = ::testing::Test;

TEST(PrometheusMetricsDeathTest, StopsOnProgrammingErrors) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  PrometheusMetrics metrics;
  EXPECT_DEATH(metrics.AddCounter(kHits, {{"user", "x"}}), "undeclared label");
  EXPECT_DEATH(metrics.AddGauge(kHits, {}), "another type");
  EXPECT_DEATH(metrics.AddCounter({"bad-name", MetricType::kCounter, "", ""}, {}), "not a name");
  EXPECT_DEATH(metrics.AddHistogram(kTime, {1, 1}, {}), "ascend");
}

TEST(ProcessMetricsTest, DescribesTheProcess) {
  PrometheusMetrics metrics;
  testing::FakeClock clock;
  AddProcessMetrics(metrics, clock, {"1.2.3", "abc", "edge"});
  const std::string text = metrics.Scrape();
  EXPECT_THAT(text,
              HasSubstr("portcullis_build_info{process=\"edge\",revision=\"abc\",version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("process_start_time_seconds 1767225600\n"));
  for (const char* name : {"process_resident_memory_bytes", "process_virtual_memory_bytes",
                           "process_open_fds", "process_max_fds", "process_cpu_seconds_total"}) {
    EXPECT_THAT(text, HasSubstr(std::string(name) + " "));
    EXPECT_THAT(text, Not(HasSubstr(std::string(name) + " 0\n")));
  }
}

}  // namespace
}  // namespace portcullis::telemetry
