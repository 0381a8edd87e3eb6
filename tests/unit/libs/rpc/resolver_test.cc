#include "libs/rpc/resolver.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <optional>

namespace portcullis::rpc {
namespace {

absl::StatusOr<std::vector<std::string>> Resolve(const std::string& target) {
  boost::asio::io_context io;
  DnsResolver resolver(io);
  std::optional<absl::StatusOr<std::vector<std::string>>> result;
  resolver.Resolve(target, [&](auto addresses) { result = std::move(addresses); });
  EXPECT_FALSE(result.has_value());
  io.run_for(std::chrono::seconds(20));
  return result.value_or(absl::DeadlineExceededError("no answer"));
}

TEST(Resolver, SplitsHostsAndPorts) {
  EXPECT_EQ(SplitHostPort("policy:41011")->first, "policy");
  EXPECT_EQ(SplitHostPort("policy:41011")->second, "41011");
  EXPECT_EQ(SplitHostPort("[::1]:5")->first, "::1");
  for (const char* bad : {"", "policy", ":1", "policy:", "::1:5", "[::1]", "[::1:5", "[]:5"}) {
    EXPECT_EQ(SplitHostPort(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(Resolver, AddressesAreInGrpcNaming) {
  EXPECT_THAT(*Resolve("127.0.0.1:41011"), testing::ElementsAre("ipv4:127.0.0.1:41011"));
  EXPECT_THAT(*Resolve("[::1]:41011"), testing::ElementsAre("ipv6:[::1]:41011"));
  EXPECT_THAT(*Resolve("unix:/run/x.sock"), testing::ElementsAre("unix:/run/x.sock"));
}

TEST(Resolver, AtOnceGivesTheSame) {
  EXPECT_THAT(*ResolveNow("127.0.0.1:41011"), testing::ElementsAre("ipv4:127.0.0.1:41011"));
  EXPECT_THAT(*ResolveNow("[::1]:41011"), testing::ElementsAre("ipv6:[::1]:41011"));
  EXPECT_THAT(*ResolveNow("unix:/run/x.sock"), testing::ElementsAre("unix:/run/x.sock"));
}

TEST(Resolver, BadTargetsAreErrors) {
  EXPECT_EQ(ResolveNow("nonsense").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Resolve("nonsense").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace portcullis::rpc
