#include "libs/tls/identity_files.h"

#include "libs/testing/certificates.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::tls {
namespace {

using ::testing::AllOf;
using testing::CertificateAuthority;
using testing::CertificateRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IssuedCertificate;
using ::testing::Not;
using testing::StatusIs;

constexpr base::SystemTime kNow = testing::FakeClock::kStart;
constexpr std::chrono::hours kDay{24};

class IdentityFilesTest : public ::testing::Test {
 protected:
  static CertificateRequest Request() {
    return {{"DNS:portcullis-edge", "URI:spiffe://a/edge", "IP:127.0.0.1"}, kNow - kDay, kNow + 2 * kDay};
  }
  IdentityFiles Write(const IssuedCertificate& issued, const std::string& ca) const {
    return {dir_.Write("tls.crt", issued.certificate_pem), dir_.Write("tls.key", issued.key_pem),
            dir_.Write("ca.crt", ca)};
  }
  IdentityFiles Write(const CertificateRequest& request) const {
    return Write(ca_.Issue(request), ca_.pem());
  }

  testing::TempDir dir_;
  CertificateAuthority ca_{kNow};
};

TEST_F(IdentityFilesTest, GoodFilesAreReadWithTheirNamesAndTimes) {
  ASSERT_OK_AND_ASSIGN(const Identity identity, LoadIdentity(Write(Request()), kNow));
  EXPECT_EQ(identity.subject, "CN=leaf");
  EXPECT_THAT(identity.names, ElementsAre("portcullis-edge", "spiffe://a/edge"));
  EXPECT_EQ(identity.expires, kNow + 2 * kDay);
  EXPECT_EQ(identity.not_before, kNow - kDay);
  EXPECT_EQ(identity.ca_expires, kNow + 182 * kDay);
  EXPECT_EQ(TimeText(identity.expires), "2026-01-03T00:00:00Z");
}

TEST_F(IdentityFilesTest, TheEarliestOfSeveralCasCounts) {
  const CertificateAuthority older(kNow - 10 * kDay);
  ASSERT_OK_AND_ASSIGN(const Identity identity,
                       LoadIdentity(Write(ca_.Issue(Request()), ca_.pem() + older.pem()), kNow));
  EXPECT_EQ(identity.ca_expires, kNow + 172 * kDay);
}

TEST_F(IdentityFilesTest, AllThreeFilesAreNeeded) {
  EXPECT_THAT(LoadIdentity({"a", "b", ""}, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ca_file")));
}

TEST_F(IdentityFilesTest, AFileThatCannotBeReadIsNamed) {
  IdentityFiles files = Write(Request());
  files.ca += ".absent";
  EXPECT_THAT(LoadIdentity(files, kNow),
              StatusIs(absl::StatusCode::kNotFound, AllOf(HasSubstr(files.ca), HasSubstr("No such file"))));
  files.ca = dir_.path().string();
  EXPECT_THAT(LoadIdentity(files, kNow), Not(IsOk()));
}

TEST_F(IdentityFilesTest, ExpiredAndFutureCertificatesAreRefusedWithTheirTimes) {
  const IdentityFiles files = Write(Request());
  EXPECT_THAT(LoadIdentity(files, kNow + 2 * kDay),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("tls.crt"), HasSubstr("expired at 2026-01-03T00:00:00Z"))));
  EXPECT_THAT(LoadIdentity(files, kNow - 2 * kDay),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("valid from 2025-12-31T00:00:00Z")));
}

TEST_F(IdentityFilesTest, AKeyOfAnotherCertificateIsRefused) {
  IssuedCertificate issued = ca_.Issue(Request());
  issued.key_pem = ca_.Issue(Request()).key_pem;
  EXPECT_THAT(LoadIdentity(Write(issued, ca_.pem()), kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not the key of the certificate")));
}

TEST_F(IdentityFilesTest, NoMessageHasAByteOfTheKey) {
  IssuedCertificate issued = ca_.Issue(Request());
  const std::string body = issued.key_pem.substr(60, 20);
  issued.key_pem.resize(issued.key_pem.size() / 2);
  const absl::Status status = LoadIdentity(Write(issued, ca_.pem()), kNow).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no private key in PEM")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(body)));
}

TEST_F(IdentityFilesTest, ACertificateOfAnotherCaIsRefused) {
  const CertificateAuthority other(kNow);
  EXPECT_THAT(LoadIdentity(Write(ca_.Issue(Request()), other.pem()), kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("ca.crt")));
}

TEST_F(IdentityFilesTest, ACertificateMustDoForServersAndClients) {
  CertificateRequest request = Request();
  request.usages = "serverAuth";
  EXPECT_THAT(LoadIdentity(Write(request), kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("clients must be able to show it")));
  request.usages = "clientAuth";
  EXPECT_THAT(LoadIdentity(Write(request), kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("servers must be able to show it")));
  request.usages = "";
  EXPECT_THAT(LoadIdentity(Write(request), kNow), IsOk());
}

TEST_F(IdentityFilesTest, TextThatIsNoPemAndFilesThatAreTooLargeAreRefused) {
  IssuedCertificate issued = ca_.Issue(Request());
  const IdentityFiles files = Write(issued, "not a certificate");
  EXPECT_THAT(LoadIdentity(files, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no certificate in PEM")));
  dir_.Write("ca.crt", std::string(kMaxFileBytes + 1, 'x'));
  EXPECT_THAT(LoadIdentity(files, kNow), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("1 MiB")));
}

}  // namespace
}  // namespace portcullis::tls
