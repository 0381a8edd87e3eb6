#include "apps/process/targets_pages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace portcullis::app {
namespace {

class FakeAdmin final : public router::RouterAdmin {
 public:
  std::vector<router::TargetStatus> TargetsNow() const override {
    router::TargetStatus status;
    status.id = "a/b";
    status.circuit = 2;
    status.error_rate = 0.5;
    return {status};
  }
  absl::Status Control(std::string_view target, router::TargetAction action, std::string_view) override {
    if (target != "a/b") return absl::NotFoundError("no such target");
    done.emplace_back(router::TargetActionName(action));
    return absl::OkStatus();
  }
  std::vector<std::string> done;
};

class TargetsPagesTest : public ::testing::Test {
 protected:
  int Status(const std::string& method, const std::string& path, const char* type = "application/json") {
    http::Request request;
    request.method = method;
    request.path = path;
    request.headers.Add("content-type", type);
    const auto response = TargetsPages(&admin_)(request);
    body_ = response ? response->body : "";
    return response ? response->status : 0;
  }

  FakeAdmin admin_;
  std::string body_;
};

TEST_F(TargetsPagesTest, ListsTargets) {
  ASSERT_EQ(Status("GET", "/targets"), 200);
  const auto target = nlohmann::json::parse(body_)["targets"][0];
  EXPECT_EQ(target["id"], "a/b");
  EXPECT_EQ(target["circuit"], "open");
  EXPECT_EQ(target["error_rate"], 0.5);
  EXPECT_EQ(Status("POST", "/targets"), 405);
  EXPECT_EQ(Status("GET", "/targetsx"), 0);
  EXPECT_EQ(Status("GET", "/metrics"), 0);
}

TEST_F(TargetsPagesTest, DoesActions) {
  for (const char* action : {"drain", "undrain", "force_open", "force_closed", "release_circuit"}) {
    EXPECT_EQ(Status("POST", std::string("/targets/a/b/") + action), 200);
    EXPECT_EQ(admin_.done.back(), action);
  }
  EXPECT_EQ(Status("POST", "/targets/other/drain"), 404);
  EXPECT_EQ(Status("POST", "/targets/a/b/explode"), 404);
  EXPECT_EQ(Status("POST", "/targets/drain"), 404);
  EXPECT_EQ(Status("GET", "/targets/a/b/drain"), 405);
  EXPECT_EQ(Status("POST", "/targets/a/b/drain", "text/plain"), 415);
  EXPECT_EQ(admin_.done.size(), 5u);
}

TEST_F(TargetsPagesTest, AProcessWithoutRouterSaysSo) {
  http::Request request;
  request.method = "GET";
  request.path = "/targets";
  EXPECT_EQ(TargetsPages(nullptr)(request)->status, 404);
}

}  // namespace
}  // namespace portcullis::app
