#include "apps/process/operator_pages.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"

namespace portcullis::app {
namespace {

using nlohmann::json;
using telemetry::LogLevel;

constexpr char kCounter[] = "portcullis_operator_actions_total";

// A process that writes no records.
class OperatorPagesTest : public ::testing::Test {
 protected:
  http::Response Ask(const char* method, const char* path) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.remote_address = "10.1.2.3";
    request.headers.Add("x-portcullis-operator", "jane");
    return pages_(request).value_or(http::Response(0, {}, ""));
  }

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  std::unique_ptr<std::FILE, Close> log_{std::tmpfile()};
  std::unique_ptr<telemetry::JsonLogger> logger_ =
      std::make_unique<telemetry::JsonLogger>(clock_, LogLevel::kInfo, log_.get());
  OperatorActions actions_{nullptr, {}, clock_, metrics_};
  int drains_ = 0;
  std::function<std::optional<http::Response>(const http::Request&)> pages_ =
      OperatorPages(actions_, *logger_, [this] { ++drains_; });
};

TEST_F(OperatorPagesTest, TheLogLevelChangesAtOnceAndIsTold) {
  EXPECT_EQ(json::parse(Ask("GET", "/log-level").body)["level"], "info");
  const http::Response changed = Ask("POST", "/log-level/error");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(json::parse(changed.body)["level"], "error");
  EXPECT_EQ(logger_->level(), LogLevel::kError);
  EXPECT_EQ(metrics_.Value(kCounter, {{"action", "log_level"}, {"result", "ok"}}), 1);
  logger_.reset();  // writes what is queued
  std::rewind(log_.get());
  char line[1024] = {};
  ASSERT_NE(std::fgets(line, sizeof line, log_.get()), nullptr);
  const json told = json::parse(line);
  EXPECT_EQ(told["msg"], "log level changed by an operator");
  EXPECT_EQ(told["user"], "jane");
  EXPECT_EQ(told["address"], "10.1.2.3");
}

TEST_F(OperatorPagesTest, AnotherLevelIsRefused) {
  for (const char* path : {"/log-level/loud", "/log-level/", "/log-level"}) {
    EXPECT_EQ(Ask("POST", path).status, 404) << path;
  }
  EXPECT_EQ(logger_->level(), LogLevel::kInfo);
  EXPECT_EQ(metrics_.Total(kCounter), 0);
}

TEST_F(OperatorPagesTest, ADrainIsBegunOnceAsked) {
  const http::Response response = Ask("POST", "/drain");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(json::parse(response.body)["status"], "draining");
  EXPECT_EQ(drains_, 1);
  EXPECT_EQ(metrics_.Value(kCounter, {{"action", "drain_process"}, {"result", "ok"}}), 1);
}

TEST_F(OperatorPagesTest, ChangesArePosted) {
  EXPECT_EQ(Ask("GET", "/drain").status, 405);
  EXPECT_EQ(Ask("GET", "/log-level/debug").status, 405);
  EXPECT_EQ(drains_, 0);
  EXPECT_EQ(logger_->level(), LogLevel::kInfo);
}

TEST_F(OperatorPagesTest, LeavesOtherPathsAlone) {
  for (const char* path : {"/drained", "/log-levels", "/metrics"})
    EXPECT_EQ(Ask("POST", path).status, 0) << path;
}

}  // namespace
}  // namespace portcullis::app
