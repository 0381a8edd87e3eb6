#include "apps/process/security.h"

#include "libs/testing/status_matchers.h"

namespace portcullis::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(SecurityTest, LoopbackIsToldFromTheRest) {
  for (const char* address : {"127.0.0.1:1", "127.9.9.9:1", "localhost:41011", "[::1]:0", "unix:/run/x"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "policy:41011", "localhost.example.org:1", "nonsense"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

TEST(SecurityTest, EachProcessLooksAtTheAddressesItUses) {
  LoadedConfig config;
  for (const ProcessKind kind : {ProcessKind::kGateway, ProcessKind::kEdge, ProcessKind::kPolicy,
                                 ProcessKind::kRouter, ProcessKind::kAudit}) {
    EXPECT_THAT(CheckPlaintext(kind, config), IsOk());
  }
  config.edge.peers.audit = {"127.0.0.1:1", "audit:41031"};
  EXPECT_THAT(CheckPlaintext(ProcessKind::kGateway, config), IsOk());
  EXPECT_THAT(CheckPlaintext(ProcessKind::kPolicy, config), IsOk());
  for (const ProcessKind kind : {ProcessKind::kEdge, ProcessKind::kRouter}) {
    EXPECT_THAT(CheckPlaintext(kind, config), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                       AllOf(HasSubstr("gateway.peers.audit is audit:41031"),
                                                             HasSubstr("allow_plaintext"))));
  }
  config.policy_server.listen = "0.0.0.0:41011";
  EXPECT_THAT(CheckPlaintext(ProcessKind::kPolicy, config),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("services.policy.listen")));
}

TEST(SecurityTest, ThePeerGraphIsThatOfTheDesign) {
  const rpc::PeerGraph graph = PeerGraphOf({});
  const auto may = [&](const char* name, const char* path) {
    return graph.MayCall({std::string("portcullis-") + name}, path).ok();
  };
  EXPECT_TRUE(may("edge", "/portcullis.router.v1.RouterService/Lane"));
  EXPECT_FALSE(may("audit", "/portcullis.router.v1.RouterService/Lane"));
  EXPECT_FALSE(may("operator", "/portcullis.router.v1.RouterService/ControlTarget"));
  EXPECT_TRUE(may("router", "/portcullis.audit.v1.AuditService/Append"));
  EXPECT_FALSE(may("router", "/portcullis.audit.v1.AuditService/Find"));
  EXPECT_TRUE(may("operator", "/portcullis.audit.v1.AuditService/Find"));
  EXPECT_TRUE(may("operator", "/portcullis.audit.v1.AuditService/ReadContent"));
  EXPECT_FALSE(may("edge", "/portcullis.audit.v1.AuditService/ReadContent"));
  EXPECT_FALSE(may("edge", "/portcullis.edge.v1.EdgeService/Complete"));
  EXPECT_TRUE(may("client", "/portcullis.edge.v1.EdgeService/Complete"));
  EXPECT_TRUE(may("nobody", "/grpc.health.v1.Health/Check"));
}

}  // namespace
}  // namespace portcullis::app
