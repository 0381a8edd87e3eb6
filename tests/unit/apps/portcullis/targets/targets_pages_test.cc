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
  absl::Status Control(std::string_view target, router::TargetAction action,
                       const router::OperatorCall& by) override {
    last_by = by;
    if (target == "unrecorded") return absl::UnavailableError("no record");
    if (target != "a/b") return absl::NotFoundError("no such target");
    done.emplace_back(router::TargetActionName(action));
    return absl::OkStatus();
  }
  absl::Status SetWeights(const router::TargetWeights&, const router::OperatorCall&) override {
    return absl::OkStatus();
  }
  std::vector<std::string> done;
  router::OperatorCall last_by;
};

class TargetsPagesTest : public ::testing::Test {
 protected:
  int Status(const std::string& method, const std::string& path) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.headers.Add("x-portcullis-operator", "jane");
    request.remote_address = "10.1.2.3";
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
  EXPECT_EQ(admin_.last_by.user, "jane");
  EXPECT_EQ(admin_.last_by.address, "10.1.2.3");
  EXPECT_EQ(Status("POST", "/targets/unrecorded/drain"), 503);
  EXPECT_EQ(Status("POST", "/targets/other/drain"), 404);
  EXPECT_EQ(Status("POST", "/targets/a/b/explode"), 404);
  EXPECT_EQ(Status("POST", "/targets/drain"), 404);
  EXPECT_EQ(Status("GET", "/targets/a/b/drain"), 405);
  EXPECT_EQ(admin_.done.size(), 5u);
}

TEST(ReadyTargets, NamesStateAndDescription) {
  router::TargetStatus status;
  status.id = "a";
  status.description = "in Paris";
  const auto state = [&] { return ReadyTargets({status})[0].state; };
  EXPECT_EQ(state(), "no_key");
  status.available = true;
  EXPECT_EQ(state(), "unhealthy");
  status.healthy = true;
  EXPECT_EQ(state(), "healthy");
  status.circuit = 2;
  EXPECT_EQ(state(), "circuit_open");
  status.drained = true;
  EXPECT_EQ(state(), "drained");
  EXPECT_EQ(ReadyTargets({status})[0].description, "in Paris");
  EXPECT_EQ(ReadyTargets(std::vector<router::TargetStatus>(1000, status)).size(), kMaxReadyTargets);
}

TEST_F(TargetsPagesTest, AProcessWithoutRouterSaysSo) {
  http::Request request;
  request.method = "GET";
  request.path = "/targets";
  EXPECT_EQ(TargetsPages(nullptr)(request)->status, 404);
}

}  // namespace
}  // namespace portcullis::app
