#include "libs/http/admin.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/status_matchers.h"
#include "tests/unit/libs/http/raw_client.h"

namespace portcullis::http {
namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

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
    sources.more = [this](const Request& request) -> std::optional<Response> {
      if (request.path != "/change") return std::nullopt;
      if (request.method != "GET") ++changes_;
      return Response(200, {}, "");
    };
    ASSERT_OK_AND_ASSIGN(admin_, AdminServer::Start({"127.0.0.1", 0}, sources, clock_, metrics_));
  }

  // `headers` end in a line break.
  RawResponse Ask(std::string_view method, std::string_view path, std::string_view headers = "") {
    RawClient client(admin_->port());
    client.Send(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" +
                std::string(headers) + "\r\n");
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
  std::atomic<int> changes_ = 0;
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
  EXPECT_EQ(Ask("POST", "/nothing", kJson).status, 404);
  const RawResponse response = Ask("DELETE", "/metrics");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.GetOr("allow"), "GET, HEAD");
  EXPECT_EQ(response.body,
            R"({"error":{"code":"method_not_allowed","message":"The admin port answers GET only."}})");
}

TEST_F(AdminTest, TakesChangesOfProgramsOnThisMachine) {
  EXPECT_EQ(Ask("POST", "/change", kJson).status, 200);
  EXPECT_EQ(Ask("POST", "/change", "content-type: Application/JSON; charset=utf-8\r\n").status, 200);
  EXPECT_EQ(Ask("GET", "/change", "Origin: http://127.0.0.1\r\n").status, 200);
  EXPECT_EQ(changes_, 2);
}

TEST_F(AdminTest, TakesNoChangesOfWebPages) {
  const std::string json(kJson);
  EXPECT_EQ(Ask("POST", "/change").status, 415);
  EXPECT_EQ(Ask("POST", "/change", "Content-Type: text/plain\r\n").status, 415);
  const RawResponse refused = Ask("POST", "/change", json + "Origin: http://localhost:41009\r\n");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body,
            R"({"error":{"code":"forbidden","message":"Changes are not taken from web pages."}})");
  EXPECT_EQ(Ask("POST", "/change", json + "Origin: null\r\n").status, 403);
  EXPECT_EQ(Ask("DELETE", "/change", json + "Sec-Fetch-Site: same-origin\r\n").status, 403);
  const RawResponse asked_before =
      Ask("OPTIONS", "/change", "Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n");
  EXPECT_EQ(asked_before.status, 403);
  EXPECT_FALSE(asked_before.headers.Contains("access-control-allow-origin"));
  EXPECT_EQ(changes_, 0);
}

TEST(RefusedChange, OtherMachinesAreRefusedUnlessAllowed) {
  Request request;
  request.headers.Add("content-type", "application/json");
  for (const char* address : {"127.0.0.1", "127.9.8.7", "::1"}) {
    request.remote_address = address;
    EXPECT_FALSE(RefusedChange(request, false)) << address;
  }
  for (const char* address : {"10.1.2.3", "1.127.0.0", "2001:db8::1", "fe80::1", "", "localhost"}) {
    request.remote_address = address;
    ASSERT_TRUE(RefusedChange(request, false)) << address;
    EXPECT_EQ(RefusedChange(request, false)->status, 403);
    EXPECT_NE(RefusedChange(request, false)->body.find("gateway.admin_changes"), std::string::npos);
    EXPECT_FALSE(RefusedChange(request, true)) << address;
  }
  request.headers.Add("origin", "https://console.example");
  EXPECT_TRUE(RefusedChange(request, true));
}

TEST_F(AdminTest, SaysThatThePortIsTaken) {
  EXPECT_THAT(AdminServer::Start({"127.0.0.1", admin_->port()}, {}, clock_, metrics_),
              testing::StatusIs(absl::StatusCode::kAlreadyExists));
}

}  // namespace
}  // namespace portcullis::http
