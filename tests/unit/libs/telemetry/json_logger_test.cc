#include "libs/telemetry/backend/json_logger.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>
#include <vector>

#include "libs/telemetry/backend/process_metrics.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::telemetry {
namespace {

class JsonLoggerTest : public ::testing::Test {
 protected:
  JsonLoggerTest() : out_(std::fopen(folder_.File("log").c_str(), "w")) {}
  ~JsonLoggerTest() override { std::fclose(out_); }

  std::string Written() const { return folder_.Read("log"); }

  testing::TempDir folder_;
  std::FILE* out_;
  testing::FakeClock clock_;
};

TEST_F(JsonLoggerTest, WritesOneLinePerEntry) {
  {
    JsonLogger logger(clock_, LogLevel::kDebug, out_);
    logger.Debug("first");
    clock_.Advance(std::chrono::microseconds(1500));
    logger.Warning("second", {{"text", "t"}, {"count", 3u}, {"low", -4}, {"ratio", 0.25}, {"good", true}});
    logger.Error("third", {{"size", std::numeric_limits<int64_t>::max()}});
  }
  EXPECT_EQ(Written(),
            "{\"ts\":\"2026-01-01T00:00:00.000000Z\",\"level\":\"debug\",\"msg\":\"first\"}\n"
            "{\"ts\":\"2026-01-01T00:00:00.001500Z\",\"level\":\"warning\",\"msg\":\"second\",\"text\":\"t\","
            "\"count\":3,\"low\":-4,\"ratio\":0.25,\"good\":true}\n"
            "{\"ts\":\"2026-01-01T00:00:00.001500Z\",\"level\":\"error\",\"msg\":\"third\","
            "\"size\":9223372036854775807}\n");
}

TEST_F(JsonLoggerTest, StaysJsonWhateverItIsGiven) {
  {
    JsonLogger logger(clock_, LogLevel::kInfo, out_);
    logger.Info("quote \" back \\ line \n tab \t nul " + std::string(1, '\0'),
                {{"bad \"key\"", "\xff\xc3("},
                 {"nan", std::numeric_limits<double>::quiet_NaN()},
                 {"inf", std::numeric_limits<double>::infinity()},
                 {"emoji", "\xF0\x9F\x98\x80"}});
  }
  const std::string text = Written();
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["msg"], std::string("quote \" back \\ line \n tab \t nul ") + '\0');
  EXPECT_EQ(json["bad \"key\""], "\xEF\xBF\xBD\xEF\xBF\xBD(");
  EXPECT_TRUE(json["nan"].is_null());
  EXPECT_TRUE(json["inf"].is_null());
  EXPECT_EQ(json["emoji"], "\xF0\x9F\x98\x80");
}

TEST_F(JsonLoggerTest, CutsLongTexts) {
  {
    JsonLogger logger(clock_, LogLevel::kInfo, out_);
    logger.Info("m", {{"long", std::string(JsonLogger::kMaxTextBytes - 1, 'x') + "\xC3\xA9 and more"}});
  }
  EXPECT_EQ(nlohmann::json::parse(Written())["long"],
            std::string(JsonLogger::kMaxTextBytes - 1, 'x') + "...");
}

TEST_F(JsonLoggerTest, FollowsTheLevel) {
  {
    JsonLogger logger(clock_, LogLevel::kWarning, out_);
    logger.Info("no");
    logger.SetLevel(LogLevel::kInfo);
    logger.Info("yes");
    logger.Debug("no");
  }
  EXPECT_THAT(Written(), ::testing::HasSubstr("yes"));
  EXPECT_THAT(Written(), ::testing::Not(::testing::HasSubstr("no\"")));
}

TEST_F(JsonLoggerTest, KeepsTheLinesOfThreadsApart) {
  constexpr int kThreads = 8, kLines = 200;
  {
    JsonLogger logger(clock_, LogLevel::kInfo, out_);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&logger, i] {
        for (int k = 0; k < kLines; ++k) logger.Info("line", {{"thread", i}, {"k", k}});
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(logger.dropped(), 0u);
  }
  std::istringstream lines(Written());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(count, kThreads * kLines);
}

// Nobody reads the pipe: the writer's thread is stuck, and callers go on all the same.
TEST(JsonLoggerOverrunTest, DropsTheOldestAndCounts) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::FILE* out = fdopen(ends[1], "w");
  testing::FakeClock clock;
  PrometheusMetrics metrics;
  std::string last;
  {
    JsonLogger logger(clock, LogLevel::kInfo, out, /*queue_lines=*/16);
    AddLogMetrics(metrics, logger);
    for (int i = 0; i < 10000; ++i) logger.Info("line", {{"i", i}});
    EXPECT_GT(logger.dropped(), 0u);
    const std::string scraped = metrics.Scrape();
    EXPECT_THAT(scraped, ::testing::HasSubstr("portcullis_log_lines_dropped_total"));
    EXPECT_THAT(scraped, ::testing::Not(::testing::HasSubstr("portcullis_log_lines_dropped_total 0\n")));
    std::thread reader([&] {
      char buffer[4096];
      for (ssize_t size; (size = read(ends[0], buffer, sizeof(buffer))) > 0;) {
        last.append(buffer, static_cast<size_t>(size));
        if (last.find("\"i\":9999}") != std::string::npos) return;
      }
    });
    reader.join();  // the newest line is never the one that was dropped
  }
  EXPECT_THAT(last, ::testing::HasSubstr("\"i\":9999}"));
  std::fclose(out);
  close(ends[0]);
}

}  // namespace
}  // namespace portcullis::telemetry
