#include "libs/http/admin.h"

#include <gtest/gtest.h>

#include <mutex>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/status_matchers.h"
#include "tests/unit/libs/http/raw_client.h"

namespace portcullis::http {
namespace {

class AdminTest : public ::testing::Test {
 protected:
  void SetUp() override {
    AdminSources sources;
    sources.metrics = [] { return std::string("portcullis_x 1\n"); };
    sources.config = [] { return std::string(R"({"providers":[]})"); };
    sources.readiness = [this] {
      const std::lock_guard lock(mutex_);
      return readiness_;
    };
    ASSERT_OK_AND_ASSIGN(admin_, AdminServer::Start({"127.0.0.1", 0}, sources, clock_, metrics_));
  }

  RawResponse Ask(std::string_view method, std::string_view path) {
    RawClient client(admin_->port());
    client.Send(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return client.Receive();
  }

  void SetReasons(std::vector<std::string> reasons) {
    const std::lock_guard lock(mutex_);
    readiness_.reasons = std::move(reasons);
  }

  void SetTargets(std::vector<ReadyTarget> targets) {
    const std::lock_guard lock(mutex_);
    readiness_.targets = std::move(targets);
  }

  std::mutex mutex_;
  Readiness readiness_;
  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  std::unique_ptr<AdminServer> admin_;
};

TEST_F(AdminTest, ServesMetricsAsText) {
  const RawResponse response = Ask("GET", "/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.GetOr("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "portcullis_x 1\n");
}

TEST_F(AdminTest, IsHealthyWhileItRuns) {
  SetReasons({"starting"});
  const RawResponse response = Ask("GET", "/healthz?verbose=1");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"status":"ok"})");
}

TEST_F(AdminTest, SaysWhyItIsNotReady) {
  EXPECT_EQ(Ask("GET", "/readyz").body, R"({"status":"ready"})");
  SetReasons({"policy: no \"bundle\" yet", "audit: \xff"});
  const RawResponse response = Ask("GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(
      response.body,
      "{\"status\":\"not_ready\",\"reasons\":[\"policy: no \\\"bundle\\\" yet\",\"audit: \xEF\xBF\xBD\"]}");
}

TEST_F(AdminTest, NamesTheTargetsWithTheirState) {
  SetTargets({{"large", "healthy", "the one in Paris"}});
  EXPECT_EQ(
      Ask("GET", "/readyz").body,
      R"({"status":"ready","targets":[{"id":"large","state":"healthy","description":"the one in Paris"}]})");
}

TEST_F(AdminTest, ShowsTheConfiguration) {
  const RawResponse response = Ask("GET", "/config");
  EXPECT_EQ(response.headers.GetOr("content-type"), "application/json");
  EXPECT_EQ(response.body, R"({"providers":[]})");
}

TEST_F(AdminTest, RefusesTheRestAsJson) {
  EXPECT_EQ(Ask("GET", "/").status, 404);
  EXPECT_EQ(Ask("POST", "/nothing").status, 404);
  const RawResponse response = Ask("DELETE", "/metrics");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.GetOr("allow"), "GET, HEAD");
  EXPECT_EQ(response.body,
            R"({"error":{"code":"method_not_allowed","message":"The admin port answers GET only."}})");
}

TEST_F(AdminTest, SaysThatThePortIsTaken) {
  EXPECT_THAT(AdminServer::Start({"127.0.0.1", admin_->port()}, {}, clock_, metrics_),
              testing::StatusIs(absl::StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace portcullis::http
