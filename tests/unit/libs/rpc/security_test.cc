#include "libs/rpc/security.h"

#include <grpcpp/grpcpp.h>

#include "libs/rpc/channel.h"
#include "libs/rpc/server_host.h"
#include "libs/testing/certificates.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "portcullis/policy/v1/policy_service.grpc.pb.h"

namespace portcullis::rpc {
namespace {

using policy::v1::CheckRequest;
using policy::v1::CheckResponse;
using policy::v1::PolicyService;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kName[] = "portcullis.policy.v1.PolicyService";
constexpr std::chrono::hours kDay{24};
constexpr std::chrono::seconds kPatience{20};

PeerGraph Graph() {
  PeerGraph graph;
  graph.identities = {{"edge", {"the-edge", "spiffe://a/edge"}}, {"policy", {"the-policy"}}};
  graph.rules = {{"/portcullis.policy.v1.PolicyService/Check", {"edge"}},
                 {"/portcullis.policy.v1.PolicyService/", {"policy"}},
                 {"/grpc.health.", {std::string(kAnyone)}}};
  return graph;
}

TEST(PeerGraphTest, TheFirstRuleThatFitsDecides) {
  const PeerGraph graph = Graph();
  EXPECT_THAT(graph.MayCall({"x", "the-edge"}, "/portcullis.policy.v1.PolicyService/Check"), IsOk());
  EXPECT_THAT(graph.MayCall({"spiffe://a/edge"}, "/portcullis.policy.v1.PolicyService/Check"), IsOk());
  EXPECT_THAT(graph.MayCall({"the-policy"}, "/portcullis.policy.v1.PolicyService/Check"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(HasSubstr("the-policy"), HasSubstr("PolicyService/Check"))));
  EXPECT_THAT(graph.MayCall({"the-policy"}, "/portcullis.policy.v1.PolicyService/Lane"), IsOk());
  EXPECT_THAT(graph.MayCall({}, "/grpc.health.v1.Health/Check"), IsOk());
}

TEST(PeerGraphTest, WhatNoRuleNamesIsForNobody) {
  EXPECT_THAT(Graph().MayCall({"the-edge"}, "/portcullis.router.v1.RouterService/Lane"),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Graph().MayCall({"the-edge"}, ""), StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(PeerGraphTest, NamesAreComparedWhole) {
  const PeerGraph graph = Graph();
  EXPECT_FALSE(graph.Is({"the-edge.example.org", "THE-EDGE", "the-edg", ""}, "edge"));
  EXPECT_FALSE(graph.Is({"the-edge"}, "router"));
  EXPECT_TRUE(graph.Is({"the-edge"}, "edge"));
}

class Service final : public PolicyService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context, const CheckRequest*,
                                  CheckResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class MutualTlsTest : public ::testing::Test {
 protected:
  std::unique_ptr<MutualTls> As(const std::string& name) {
    const auto identity = ca_.Issue({{"DNS:" + name}, clock_.Now() - kDay, clock_.Now() + kDay});
    tls::IdentityFiles files = {dir_.Write(name + ".crt", identity.certificate_pem),
                                dir_.Write(name + ".key", identity.key_pem), dir_.Write("ca.crt", ca_.pem())};
    auto made = TlsIdentity::Create(files, clock_, metrics_, logger_);
    EXPECT_THAT(made, IsOk());
    return std::make_unique<MutualTls>(*std::move(made), Graph(), clock_, metrics_, logger_);
  }
  void Serve(const Security& security) {
    host_ = std::make_unique<ServerHost>(ServerHostOptions{}, security.Server());
    host_->AddService(service_, kName);
    ASSERT_THAT(host_->Start(), IsOk());
  }
  grpc::Status Call(const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    const auto stub =
        PolicyService::NewStub(NewChannel("ipv4:127.0.0.1:" + std::to_string(host_->port()), credentials));
    const auto context = NewClientContext(clock_.Monotonic() + kPatience, clock_);
    CheckResponse response;
    return stub->Check(context.get(), {}, &response);
  }

  base::SystemClock clock_;
  testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  testing::TempDir dir_;
  testing::CertificateAuthority ca_{clock_.Now()};
  Service service_;
  std::unique_ptr<ServerHost> host_;
};

TEST_F(MutualTlsTest, ACallerIsKnownByItsCertificate) {
  const auto server = As("the-policy"), edge = As("the-edge");
  Serve(*server);
  const grpc::Status allowed = Call(edge->Channel("policy"));
  EXPECT_TRUE(allowed.ok()) << allowed.error_message();
  const grpc::Status denied = Call(server->Channel("policy"));
  EXPECT_EQ(denied.error_code(), grpc::StatusCode::PERMISSION_DENIED) << denied.error_message();
  EXPECT_EQ(metrics_.Value("portcullis_tls_refused_calls_total"), 1);
  host_.reset();
}

TEST_F(MutualTlsTest, ACalleeIsKnownByItsCertificate) {
  const auto server = As("the-edge"), edge = As("the-edge");
  Serve(*server);
  const grpc::Status status = Call(edge->Channel("policy"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  host_.reset();
}

TEST_F(MutualTlsTest, PlaintextMeetsNoTls) {
  const auto server = As("the-policy");
  Serve(*server);
  EXPECT_EQ(Call(PlaintextChannelCredentials()).error_code(), grpc::StatusCode::UNAVAILABLE);
  host_.reset();
}

class TlsIdentityTest : public ::testing::Test {
 protected:
  void Issue(base::SystemTime expires) {
    const auto issued = ca_.Issue({{"DNS:edge"}, clock_.Now() - kDay, expires});
    dir_.Write("tls.crt", issued.certificate_pem);
    dir_.Write("tls.key", issued.key_pem);
    dir_.Write("ca.crt", ca_.pem());
  }
  std::unique_ptr<TlsIdentity> Create() {
    auto made = TlsIdentity::Create({dir_.File("tls.crt"), dir_.File("tls.key"), dir_.File("ca.crt")}, clock_,
                                    metrics_, logger_);
    EXPECT_THAT(made, IsOk());
    return *std::move(made);
  }
  double Reloads(const char* result) const {
    return metrics_.Value("portcullis_tls_reloads_total", {{"result", result}});
  }

  testing::FakeClock clock_;
  testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  testing::TempDir dir_;
  testing::CertificateAuthority ca_{clock_.Now()};
};

TEST_F(TlsIdentityTest, NewFilesAreTakenOver) {
  Issue(clock_.Now() + kDay);
  const auto identity = Create();
  EXPECT_EQ(metrics_.Value("portcullis_tls_certificate_expiry_timestamp_seconds", {{"certificate", "own"}}),
            1767225600 + 86400);
  Issue(clock_.Now() + 2 * kDay);
  identity->Refresh();
  EXPECT_EQ(identity->Current().expires, clock_.Now() + 2 * kDay);
  EXPECT_EQ(metrics_.Value("portcullis_tls_certificate_expiry_timestamp_seconds", {{"certificate", "own"}}),
            1767225600 + 2 * 86400);
}

TEST_F(TlsIdentityTest, WhatCannotBeUsedIsCountedOnceAndChangesNothing) {
  Issue(clock_.Now() + kDay);
  const auto identity = Create();
  dir_.Write("tls.crt", "half a certifi");
  for (int i = 0; i < 3; ++i) identity->Refresh();
  EXPECT_EQ(Reloads("rejected"), 1);
  EXPECT_EQ(identity->Current().expires, clock_.Now() + kDay);
  EXPECT_THAT(identity->Check(), IsOk());
}

TEST_F(TlsIdentityTest, AnExpiredCertificateIsToldUntilItIsReplaced) {
  Issue(clock_.Now() + kDay);
  const auto identity = Create();
  clock_.Advance(kDay);
  identity->Refresh();
  EXPECT_THAT(identity->Check(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("renew it")));
  EXPECT_EQ(Reloads("rejected"), 0);
  Issue(clock_.Now() + kDay);
  identity->Refresh();
  EXPECT_THAT(identity->Check(), IsOk());
}

TEST_F(TlsIdentityTest, UnusableFilesAreAnErrorAtTheStart) {
  EXPECT_THAT(TlsIdentity::Create({dir_.File("tls.crt"), dir_.File("tls.key"), dir_.File("ca.crt")}, clock_,
                                  metrics_, logger_),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace portcullis::rpc
