#include "apps/portcullis/doctor/doctor_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "libs/testing/certificates.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::doctor {
namespace {

using app::ProcessKind;
using ::testing::HasSubstr;

constexpr uint64_t kGib = uint64_t{1} << 30;

class DoctorTest : public ::testing::Test {
 protected:
  // A configuration with one target whose key comes from KEY.
  app::LoadedConfig Load(const std::string& more = "") {
    return app::LoadConfigText("policy-config.yaml",
                               "pack: {name: p, version: 1.0.0, enabled: true}\n"
                               "policies: {chain: [pii-detector]}\n"
                               "policy: {pii-detector: {}}\n"
                               "providers:\n  targets:\n"
                               "    - {id: main, provider: mistral, model: mistral-small-latest,\n"
                               "       secret_key_ref: {env: KEY}}\n" +
                                   more,
                               environment_);
  }

  Findings Look(const app::LoadedConfig& config, ProcessKind kind = ProcessKind::kGateway,
                bool offline = false) {
    DoctorOptions options;
    options.kind = kind;
    options.state_dir = "/state";
    options.offline = offline;
    DoctorParts parts = {[this] { return machine_; },
                         [this](const std::filesystem::path& path) {
                           looked_at_.push_back(path.string());
                           Folder folder = folder_;
                           folder.path = path;
                           return folder;
                         },
                         [this](const router::TargetOptions&, const std::string& key) {
                           asked_.push_back(key);
                           return answer_;
                         },
                         [this](const std::string& role, const std::string& address) {
                           asked_.push_back(role + " " + address);
                           return peer_;
                         },
                         [this](const router::SharedStateOptions&) { return redis_; },
                         [this](const NamedDatabase& database) {
                           asked_databases_.push_back(database.path);
                           return postgresql_;
                         },
                         clock_};
    if (!can_ask_) parts.peer = nullptr;
    return Examine(config, options, parts);
  }

  // The findings that are not fine, as "level check subject: message | fix".
  static std::vector<std::string> Bad(const Findings& findings) {
    std::vector<std::string> bad;
    for (const Finding& f : findings) {
      if (f.level == Level::kOk) continue;
      bad.push_back((f.level == Level::kError ? "error " : "warning ") + f.check + " " + f.subject + ": " +
                    f.message + " | " + f.fix);
      EXPECT_FALSE(f.fix.empty()) << bad.back();
    }
    return bad;
  }

  std::string OneBad(const Findings& findings) {
    const std::vector<std::string> bad = Bad(findings);
    EXPECT_EQ(bad.size(), 1u) << ::testing::PrintToString(bad);
    return bad.empty() ? "" : bad[0];
  }

  config::MapEnvironment environment_{
      std::map<std::string, std::string, std::less<>>{{"KEY", "planted-secret"}}};
  testing::FakeClock clock_;
  Machine machine_{65536, 65536, true, 0.01};
  Folder folder_{"", "", 100 * kGib};
  ProviderAnswer answer_{"https://p/models", "", false, 200, testing::FakeClock::kStart};
  absl::Status peer_;
  absl::StatusOr<router::RedisFacts> redis_ = router::RedisFacts{"7.0.15", false};
  std::vector<std::string> asked_databases_;
  absl::StatusOr<pg::DatabaseFacts> postgresql_ = pg::DatabaseFacts{150004, false, true};
  bool can_ask_ = true;
  std::vector<std::string> asked_;
  std::vector<std::string> looked_at_;
};

TEST_F(DoctorTest, AHealthyGatewayHasNothingToMend) {
  const Findings findings = Look(Load());
  EXPECT_EQ(Bad(findings), std::vector<std::string>());
  EXPECT_EQ(asked_, std::vector<std::string>{"planted-secret"});
  std::ostringstream out;
  EXPECT_TRUE(WriteFindings(findings, false, out));
  EXPECT_THAT(out.str(), HasSubstr("0 errors, 0 warnings"));
}

TEST_F(DoctorTest, AWrongConfigurationIsToldWithItsPlace) {
  const Findings findings = Look(Load("gateway: {lisen: '0.0.0.0:1'}\n"));
  EXPECT_THAT(OneBad(findings), HasSubstr("error config policy-config.yaml:8:"));
  EXPECT_THAT(OneBad(findings), HasSubstr("listen"));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoctorTest, AMissingKeyIsTold) {
  environment_ = config::MapEnvironment();
  const std::string bad = OneBad(Look(Load()));
  EXPECT_THAT(bad, HasSubstr("error keys main: has no key"));
  EXPECT_THAT(bad, HasSubstr("KEY"));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoctorTest, AProviderThatCannotBeReachedOrRefusesTheKey) {
  answer_ = {"https://p/models", "Couldn't resolve host name", false, 0, std::nullopt};
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("error provider main: https://p/models: Couldn't resolve"));
  answer_ = {"https://p/models", "SSL peer certificate was not OK", true, 0, std::nullopt};
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("install the CA"));
  answer_ = {"https://p/models", "", false, 401, std::nullopt};
  EXPECT_THAT(OneBad(Look(Load())),
              HasSubstr("error provider main: https://p/models: the key is refused (401)"));
  answer_ = {"https://p/models", "", false, 503, std::nullopt};
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("warning provider main: https://p/models: it answers 503"));
}

TEST_F(DoctorTest, OfflineAsksNobody) {
  EXPECT_EQ(Bad(Look(Load(), ProcessKind::kGateway, true)), std::vector<std::string>());
  Look(Load(), ProcessKind::kEdge, true);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoctorTest, AClockThatIsWrongIsTold) {
  machine_.clock_synchronised = false;
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("warning clock kernel: no time server sets the clock"));
  machine_.clock_synchronised = std::nullopt;
  answer_.date = testing::FakeClock::kStart - std::chrono::minutes(2);
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("clock is 120 s ahead of the provider's"));
}

TEST_F(DoctorTest, LimitsAndDiskAreMeasuredAgainstTheConfiguration) {
  machine_.open_files_soft = 1024;
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("1024 are allowed, 10512 may be needed | `ulimit -n 10512`"));
  EXPECT_EQ(Bad(Look(Load("gateway: {limits: {max_connections: 500}}\n"))), std::vector<std::string>());
  machine_.open_files_soft = 65536;
  folder_.free_bytes = kGib / 2;
  EXPECT_THAT(OneBad(Look(Load())),
              HasSubstr("warning disk /state: 512 MiB are free, less than the 1024 MiB"));
  folder_.free_bytes = 1 << 20;
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("error disk /state: 1 MiB are free"));
  folder_ = {"", "it cannot be written: No space left on device", 0};
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("error disk /state: 0 MiB are free, it cannot be written: No "
                                              "space left on device | free the disk"));
  folder_ = {"", "it cannot be written: Read-only file system", 100 * kGib};
  EXPECT_THAT(OneBad(Look(Load())), HasSubstr("error disk /state: it cannot be written: Read-only file "
                                              "system | give the process's user the folder"));
}

TEST_F(DoctorTest, TheFolderOfTheDatabaseIsLookedAtToo) {
  Look(Load("services: {audit: {database: /data/audit/log.db}}\n"), ProcessKind::kAudit);
  EXPECT_EQ(looked_at_, (std::vector<std::string>{"/state", "/data/audit"}));
  looked_at_.clear();
  Look(Load("services: {audit: {database: /data/audit/log.db}}\n"), ProcessKind::kRouter);
  Look(Load("services: {audit: {database: /state/log.db}}\n"), ProcessKind::kAudit);
  EXPECT_EQ(looked_at_, (std::vector<std::string>{"/state", "/state"}));
}

TEST_F(DoctorTest, TheEdgeAsksItsPeers) {
  peer_ = absl::UnavailableError("connection refused");
  const std::vector<std::string> bad = Bad(Look(Load(), ProcessKind::kEdge));
  EXPECT_EQ(asked_, (std::vector<std::string>{"policy 127.0.0.1:41011", "router 127.0.0.1:41021",
                                              "audit 127.0.0.1:41031"}));
  ASSERT_EQ(bad.size(), 3u);
  EXPECT_THAT(bad[0],
              HasSubstr("error peer policy: 127.0.0.1:41011: connection refused | start portcullis-policy"));
}

TEST_F(DoctorTest, PeersAreNotAskedWithoutAUsableCertificate) {
  can_ask_ = false;
  EXPECT_EQ(Bad(Look(Load(), ProcessKind::kEdge)), std::vector<std::string>());
  EXPECT_TRUE(asked_.empty());
}

TEST_F(DoctorTest, RedisIsAskedWhereItIsNamed) {
  const app::LoadedConfig config = Load("  shared_state: {redis: 'cache:6379'}\n");
  const auto bad = [&] { return OneBad(Look(config)); };
  EXPECT_THAT(Bad(Look(config)), ::testing::IsEmpty());
  redis_ = router::RedisFacts{"4.0.9", false};
  EXPECT_THAT(bad(), HasSubstr("error redis cache:6379: it is Redis 4.0.9"));
  redis_ = router::RedisFacts{"7.0.15", true};
  EXPECT_THAT(bad(), HasSubstr("a replica"));
  redis_ = absl::FailedPreconditionError("Redis refused: WRONGPASS");
  EXPECT_THAT(bad(), HasSubstr("error redis cache:6379: Redis refused: WRONGPASS | give the right"));
  redis_ = absl::UnavailableError("no connection");
  EXPECT_THAT(bad(), HasSubstr("warning redis cache:6379: no connection"));
  EXPECT_THAT(Bad(Look(Load())), ::testing::IsEmpty()) << "it is not asked where it is not named";
  EXPECT_THAT(Bad(Look(config, ProcessKind::kEdge)), ::testing::IsEmpty());
}

TEST_F(DoctorTest, PostgresqlIsAskedWhereRecordsLieThere) {
  const app::LoadedConfig config = Load(
      "services:\n  audit: {store: postgresql, postgresql: {connection: 'host=db', secret_key_ref: {env: "
      "KEY}}}\n");
  const auto bad = [&] { return OneBad(Look(config)); };
  EXPECT_THAT(Bad(Look(config)), ::testing::IsEmpty());
  postgresql_ = pg::DatabaseFacts{140011, false, true};
  EXPECT_THAT(bad(), HasSubstr("it is PostgreSQL 14.11 | take PostgreSQL 15"));
  postgresql_ = pg::DatabaseFacts{150004, true, true};
  EXPECT_THAT(bad(), HasSubstr("a standby"));
  postgresql_ = pg::DatabaseFacts{150004, false, false};
  EXPECT_THAT(bad(), HasSubstr("GRANT CREATE"));
  postgresql_ = absl::FailedPreconditionError("password authentication failed");
  EXPECT_THAT(bad(), HasSubstr("put it into KEY"));
  postgresql_ = absl::UnavailableError("no connection");
  EXPECT_THAT(bad(), HasSubstr("start PostgreSQL"));
  EXPECT_THAT(Bad(Look(config, ProcessKind::kRouter)), ::testing::IsEmpty());
}

TEST_F(DoctorTest, PostgresqlIsAskedWherePoliciesLieThere) {
  const app::LoadedConfig config = Load(
      "services:\n  policy: {catalog: {store: postgresql, postgresql: {connection: 'host=db', "
      "secret_key_ref: "
      "{env: KEY}}}}\n");
  EXPECT_THAT(Bad(Look(config, ProcessKind::kPolicy)), ::testing::IsEmpty());
  EXPECT_THAT(Bad(Look(config, ProcessKind::kAudit)), ::testing::IsEmpty());
  EXPECT_THAT(asked_databases_, ::testing::ElementsAre("services.policy.catalog.postgresql"));
  postgresql_ = pg::DatabaseFacts{150004, false, false};
  EXPECT_THAT(OneBad(Look(config, ProcessKind::kPolicy)), HasSubstr("the schema portcullis_policy"));
}

TEST_F(DoctorTest, CertificatesAreReadAndTheirEndIsTold) {
  const testing::CertificateAuthority authority(testing::FakeClock::kStart);
  testing::TempDir folder;
  const auto load = [&](const std::string& name, std::chrono::hours lasts) {
    const testing::IssuedCertificate issued =
        authority.Issue({{"DNS:" + name},
                         testing::FakeClock::kStart - std::chrono::hours(1000),
                         testing::FakeClock::kStart + lasts});
    return Load(
        "services:\n  tls:\n    certificate_file: " + folder.Write("tls.crt", issued.certificate_pem) +
        "\n    key_file: " + folder.Write("tls.key", issued.key_pem) +
        "\n    ca_file: " + folder.Write("ca.crt", authority.pem()) + "\n");
  };
  EXPECT_EQ(Bad(Look(load("portcullis-router", std::chrono::hours(1000)), ProcessKind::kRouter)),
            std::vector<std::string>());
  EXPECT_THAT(OneBad(Look(load("portcullis-router", std::chrono::hours(24)), ProcessKind::kRouter)),
              HasSubstr("the certificate is valid until 2026-01-02T00:00:00Z | renew it now"));
  EXPECT_THAT(OneBad(Look(load("portcullis-router", std::chrono::hours(-1)), ProcessKind::kRouter)),
              HasSubstr("error certificate"));
  EXPECT_THAT(OneBad(Look(load("portcullis-edge", std::chrono::hours(1000)), ProcessKind::kRouter)),
              HasSubstr("it is for portcullis-edge, which is no name of the router"));
}

TEST_F(DoctorTest, PlaintextThatLeavesTheMachineIsTold) {
  const std::string listen = "services:\n  router: {listen: '0.0.0.0:41021'}\n";
  EXPECT_THAT(OneBad(Look(Load(listen), ProcessKind::kRouter)),
              HasSubstr("error certificate services.tls: gRPC would leave this machine without encryption"));
  EXPECT_THAT(OneBad(Look(Load(listen + "  tls: {allow_plaintext: true}\n"), ProcessKind::kRouter)),
              HasSubstr("warning certificate services.tls"));
}

TEST_F(DoctorTest, NoSecretIsShownAndJsonHasItAll) {
  answer_.status = 401;
  std::ostringstream out;
  EXPECT_FALSE(WriteFindings(Look(Load()), /*json=*/true, out));
  EXPECT_EQ(out.str().find("planted-secret"), std::string::npos);
  const auto json = nlohmann::json::parse(out.str());
  EXPECT_EQ(json["healthy"], false);
  for (const auto& finding : json["findings"]) {
    EXPECT_EQ(finding.size(), 5u);
    if (finding["level"] == "error") {
      EXPECT_EQ(finding["check"], "provider");
    }
  }
}

TEST(TryFolder, WritesThereAndLeavesNothing) {
  testing::TempDir temp;
  const Folder made = TryFolder(temp.path() / "a" / "b");
  EXPECT_EQ(made.problem, "");
  EXPECT_GT(made.free_bytes.value_or(0), 0u);
  EXPECT_TRUE(std::filesystem::is_empty(temp.path() / "a" / "b"));
  temp.Write("file", "x");
  EXPECT_THAT(TryFolder(temp.path() / "file" / "c").problem, HasSubstr("cannot be made"));
}

TEST(AskProvider, SaysWhyNobodyAnswers) {
  router::TargetOptions target;
  target.base_url = "http://127.0.0.1:1/v1";
  const ProviderAnswer answer = AskProvider(target, "k", std::chrono::seconds(5));
  EXPECT_EQ(answer.url, "http://127.0.0.1:1/v1/models");
  EXPECT_THAT(answer.problem, HasSubstr("connect"));
}

}  // namespace
}  // namespace portcullis::doctor
