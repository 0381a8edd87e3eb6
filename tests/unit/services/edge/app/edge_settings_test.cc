#include "services/edge/app/edge_settings.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/config/reader.h"

namespace portcullis::edge {
namespace {

struct Root {
  EdgeSettings edge;
};

EdgeSettings Read(const std::string& text, config::Issues& issues) {
  config::Schema<Root> root;
  root.Section("gateway", &Root::edge, GatewaySchema())
      .Section("size_limits", &Root::edge, SizeLimitsSchema());
  const auto document = config::Document::Parse("f.yaml", text, issues);
  Root value;
  config::ReadInto(document, root, {}, value, issues);
  return value.edge;
}

TEST(EdgeSettings, HasTheDocumentedDefaults) {
  const EdgeSettings s;
  EXPECT_EQ(s.listen, std::vector<std::string>{"0.0.0.0:41002"});
  EXPECT_EQ(s.grpc_listen, "127.0.0.1:41003");
  EXPECT_EQ(s.admin_listen, "127.0.0.1:41009");
  EXPECT_EQ(s.block_status, 400);
  EXPECT_EQ(s.fail_mode, FailMode::kBlock);
  EXPECT_EQ(s.limits.max_body_bytes, 32u << 20);
  EXPECT_EQ(s.limits.max_in_flight, 2'000u);
  EXPECT_EQ(s.drain.count(), 30'000);
}

TEST(EdgeSettings, ReadsEverything) {
  config::Issues issues;
  const EdgeSettings s = Read(
      "gateway:\n  listen: ['127.0.0.1:1', '[::1]:1']\n  grpc_listen: 127.0.0.1:2\n  admin_listen: "
      "127.0.0.1:3\n"
      "  workers: 4\n  state_dir: /var/lib/portcullis\n  block_status: 422\n  block_stream: content_filter\n"
      "  drain_seconds: 5\n  fail_mode: allow\n  log_level: debug\n"
      "  peers: {policy: [a:1, b:1], router: c:1, audit: d:1}\n"
      "  limits:\n    max_body_bytes: 2048\n    max_response_bytes: 4096\n    max_header_bytes: 1024\n"
      "    max_json_depth: 8\n    max_messages: 5\n    read_timeout_seconds: 6\n    idle_timeout_seconds: 7\n"
      "    max_connections: 8\n    max_in_flight: 9\n",
      issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  EXPECT_EQ(s.listen.size(), 2u);
  EXPECT_EQ(s.grpc_listen, "127.0.0.1:2");
  EXPECT_EQ(s.admin_listen, "127.0.0.1:3");
  EXPECT_EQ(s.workers, 4u);
  EXPECT_EQ(s.state_dir, "/var/lib/portcullis");
  EXPECT_EQ(s.block_status, 422);
  EXPECT_EQ(s.block_stream, BlockStream::kContentFilter);
  EXPECT_EQ(s.drain.count(), 5'000);
  EXPECT_EQ(s.fail_mode, FailMode::kAllow);
  EXPECT_EQ(s.log_level, telemetry::LogLevel::kDebug);
  EXPECT_EQ(s.peers.policy, (std::vector<std::string>{"a:1", "b:1"}));
  EXPECT_EQ(s.peers.router, std::vector<std::string>{"c:1"});
  EXPECT_EQ(s.limits.max_body_bytes, 2048u);
  EXPECT_EQ(s.limits.max_response_bytes, 4096u);
  EXPECT_EQ(s.limits.max_header_bytes, 1024u);
  EXPECT_EQ(s.limits.max_json_depth, 8u);
  EXPECT_EQ(s.limits.max_messages, 5u);
  EXPECT_EQ(s.limits.read_timeout.count(), 6'000);
  EXPECT_EQ(s.limits.idle_timeout.count(), 7'000);
  EXPECT_EQ(s.limits.max_connections, 8u);
  EXPECT_EQ(s.limits.max_in_flight, 9u);
}

TEST(EdgeSettings, TakesKeeptrustsSizeLimits) {
  config::Issues issues;
  const EdgeSettings s =
      Read("size_limits: {max_body_bytes: 1048576, max_response_bytes: 10485760}\n", issues);
  EXPECT_TRUE(issues.all().empty()) << issues.Text();
  EXPECT_EQ(s.limits.max_body_bytes, 1u << 20);
  EXPECT_EQ(s.limits.max_response_bytes, 10u << 20);
  config::Issues conflict;
  Read("size_limits: {max_body_bytes: 1048576}\ngateway: {limits: {max_body_bytes: 2048}}\n", conflict);
  ASSERT_EQ(conflict.all().size(), 1u);
  EXPECT_EQ(conflict.all()[0].code, "E017");
}

TEST(EdgeSettings, AllowsFourBlockStatuses) {
  for (const int status : {400, 403, 409, 422}) {
    config::Issues issues;
    EXPECT_EQ(Read("gateway: {block_status: " + std::to_string(status) + "}\n", issues).block_status, status);
    EXPECT_TRUE(issues.ok());
  }
  config::Issues issues;
  Read("gateway: {block_status: 200}\n", issues);
  ASSERT_EQ(issues.all().size(), 1u);
  EXPECT_EQ(issues.all()[0].message, "gateway.block_status must be one of 400, 403, 409, 422, not 200");
}

}  // namespace
}  // namespace portcullis::edge
