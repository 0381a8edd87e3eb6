#include "services/audit/app/audit_settings.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "libs/config/reader.h"
#include "services/audit/app/content_options.h"

namespace portcullis::audit {
namespace {

struct Root {
  AuditSettings audit;
};

AuditSettings Read(const std::string& text, config::Issues& issues) {
  config::Schema<Root> root;
  root.Section("audit", &Root::audit, AuditSchema())
      .Section("audit-logger", &Root::audit, AuditLoggerSchema())
      .Section("service", &Root::audit, AuditServiceSchema());
  const auto document = config::Document::Parse("f.yaml", text, issues);
  Root value;
  config::ReadInto(document, root, {}, value, issues);
  return value.audit;
}

TEST(AuditSettings, ReadsEverything) {
  config::Issues issues;
  const AuditSettings s = Read(
      "audit: {durability: disk, spool_max_bytes: 2097152, fail_mode: allow}\n"
      "audit-logger: {retention_days: 36500, immutable: false, log_all_access: true}\n"
      "service: {listen: '0.0.0.0:1', admin_listen: '0.0.0.0:2', database: /var/lib/audit.db}\n",
      issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  EXPECT_EQ(s.durability, Durability::kDisk);
  EXPECT_EQ(s.spool_max_bytes, 2u << 20);
  EXPECT_EQ(s.fail_mode, SpoolFailMode::kAllow);
  EXPECT_EQ(s.retention_days, 36'500);
  EXPECT_FALSE(s.immutable);
  EXPECT_TRUE(s.log_all_access);
  EXPECT_EQ(s.listen, "0.0.0.0:1");
  EXPECT_EQ(s.admin_listen, "0.0.0.0:2");
  EXPECT_EQ(s.database, "/var/lib/audit.db");
}

TEST(AuditSettings, HasTheDocumentedDefaults) {
  const AuditSettings s;
  EXPECT_EQ(s.retention_days, 365);
  EXPECT_TRUE(s.immutable);
  EXPECT_EQ(s.durability, Durability::kProcess);
  EXPECT_EQ(s.spool_max_bytes, 1ull << 30);
  EXPECT_EQ(s.fail_mode, SpoolFailMode::kBlock);
  EXPECT_EQ(s.listen, "127.0.0.1:41031");
  EXPECT_EQ(s.admin_listen, "127.0.0.1:41039");
}

AuditSettings Resolve(const std::string& text, const config::Environment& environment,
                      config::Issues& issues) {
  const auto document = config::Document::Parse("f.yaml", text, issues);
  AuditSettings settings = Read(text, issues);
  ResolveAudit(document, environment, settings, issues);
  return settings;
}

TEST(AuditSettings, PostgresqlHasItsPasswordByReference) {
  using Variables = std::map<std::string, std::string, std::less<>>;
  const config::MapEnvironment environment(Variables{{"DB_PASSWORD", "s3cret"}});
  config::Issues issues;
  const AuditSettings s = Resolve(
      "service:\n  store: postgresql\n  postgresql:\n    connection: host=db dbname=audit\n"
      "    secret_key_ref: {env: DB_PASSWORD}\n",
      environment, issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  EXPECT_EQ(s.store, StoreKind::kPostgresql);
  EXPECT_EQ(s.postgresql.connection, "host=db dbname=audit");
  EXPECT_EQ(s.postgresql.password.Reveal(), "s3cret");
}

TEST(AuditSettings, PostgresqlThatCannotBeIsTold) {
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{});
  const std::pair<const char*, const char*> cases[] = {
      {"service: {store: postgresql}\n", "does not say which"},
      {"service: {postgresql: {connection: host=db}}\n", "has no effect"},
      {"service: {store: postgresql, postgresql: {connection: nonsense=1}}\n", "nonsense"},
      {"service: {store: postgresql, postgresql: {connection: 'host=db password=s3cret'}}\n",
       "holds a password"},
      {"service: {store: postgresql, postgresql: {connection: host=db, secret_key_ref: {env: NONE}}}\n",
       "without one"},
  };
  for (const auto& [text, told] : cases) {
    config::Issues issues;
    (void)Resolve(text, environment, issues);
    EXPECT_NE(issues.Text().find(told), std::string::npos) << text << issues.Text();
    EXPECT_EQ(issues.Text().find("s3cret"), std::string::npos) << issues.Text();
  }
}

// `policy.audit-logger.content`, as the file has it.
AuditSettings Content(const std::string& content, const std::string& more, config::Issues& issues) {
  using Variables = std::map<std::string, std::string, std::less<>>;
  const config::MapEnvironment environment(
      Variables{{"KEY", std::string(64, 'a')}, {"BAD", "s3cret, and short"}, {"EMPTY", ""}});
  const std::string text = "policy:\n  audit-logger: {content: " + content + "}\n" + more;
  struct Policy {
    AuditSettings logger;
  };
  struct File {
    Policy policy;
  };
  config::Schema<Policy> policy;
  policy.Section("audit-logger", &Policy::logger, AuditLoggerSchema());
  config::Schema<File> file;
  file.Section("policy", &File::policy, std::move(policy));
  const auto document = config::Document::Parse("f.yaml", text, issues);
  File value;
  config::ReadInto(document, file, {}, value, issues);
  ResolveAudit(document, environment, value.policy.logger, issues);
  return value.policy.logger;
}

TEST(AuditSettings, ContentIsOffByDefaultAndSealedWhereItIsSaid) {
  const AuditSettings defaults;
  EXPECT_EQ(defaults.content.capture, CaptureMode::kNone);
  EXPECT_FALSE(ContentOptionsOf(defaults.content)->rules.input);
  config::Issues issues;
  const AuditSettings s = Content(
      "{capture: both, form: encrypted, max_bytes: 100, retention_days: 30, keys: [{id: new, secret_key_ref: "
      "{env: KEY}}]}",
      "", issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  const auto options = ContentOptionsOf(s.content);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->rules.input && options->rules.output && options->rules.encrypted);
  EXPECT_EQ(options->rules.max_bytes, 100u);
  EXPECT_FALSE(options->keys.empty());
  EXPECT_EQ(s.content.retention_days, 30);
}

TEST(AuditSettings, ContentThatCannotBeIsToldWithItsLine) {
  const char* const kKey = "secret_key_ref: {env: KEY}";
  const std::pair<std::string, const char*> cases[] = {
      {"{capture: both, form: encrypted}", "there is no key"},
      {"{capture: all}", "E015"},
      {"{capture: both, max_bytes: 300000}", "E014"},
      {"{retention_days: 40000}", "E014"},
      {"{keys: [{id: a, secret_key_ref: {}}]}", "needs one of env and file"},
      {"{keys: [{id: a, secret_key_ref: {env: KEY, file: /k}}]}", "needs one of env and file"},
      {"{keys: [{id: a, secret_key_ref: {env: BAD}}]}", "64 lower-case hex digits"},
      {"{keys: [{id: a, secret_key_ref: {env: NONE}}]}", "W102"},
      {"{keys: [{id: a, secret_key_ref: {env: EMPTY}}]}", "W102"},
      {"{keys: [{id: a, secret_key_ref: {file: /no/such/file}}]}", "W102"},
      {std::string("{keys: [{id: a, ") + kKey + "}, {id: a, " + kKey + "}]}", "two master keys"},
      {std::string("{keys: [{id: 'A B', ") + kKey + "}]}", "E015"},
      {"{key: x}", "E002"},
  };
  for (const auto& [content, told] : cases) {
    config::Issues issues;
    (void)Content(content, "", issues);
    EXPECT_NE(issues.Text().find(told), std::string::npos) << content << "\n" << issues.Text();
    EXPECT_NE(issues.Text().find("f.yaml:2:"), std::string::npos) << issues.Text();
    EXPECT_EQ(issues.Text().find("s3cret"), std::string::npos) << issues.Text();
  }
}

TEST(AuditSettings, AnswersThatGetTokensBackAreNotKeptReadable) {
  for (const char* redaction : {"{marker_format: token}", "{formats: {email: token}}"}) {
    const std::string pii = std::string("  pii-detector: {redaction: ") + redaction + "}\n";
    for (const auto& [content, refused] :
         {std::pair("{capture: output}", true), std::pair("{capture: input}", false)}) {
      config::Issues issues;
      (void)Content(content, pii, issues);
      EXPECT_EQ(issues.Text().find("tokens of pii-detector") != std::string::npos, refused) << issues.Text();
    }
  }
}

TEST(AuditSettings, WhoSealsDoesNotStartWithoutItsKey) {
  config::Issues issues;
  const AuditSettings s =
      Content("{capture: input, form: encrypted, keys: [{id: k1, secret_key_ref: {env: NONE}}]}", "", issues);
  EXPECT_TRUE(issues.ok()) << issues.Text();
  const absl::Status status = ContentOptionsOf(s.content).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(std::string(status.message()).find("k1"), std::string::npos);
}

TEST(AuditSettings, TenantsHaveARetentionOfTheirOwn) {
  config::Issues issues;
  const AuditSettings s = Read(
      "audit-logger: {tenant_retention: [{tenant: acme, days: 30}, {tenant: bank, days: 3650}]}\n", issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  ASSERT_EQ(s.tenant_retention.size(), 2u);
  EXPECT_EQ(s.tenant_retention[1].tenant, "bank");
  EXPECT_EQ(s.tenant_retention[1].days, 3650);
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{});
  (void)Resolve(
      "policy: {audit-logger: {tenant_retention: [{tenant: acme, days: 30}, {tenant: acme, days: 31}]}}\n"
      "audit-logger: {tenant_retention: [{tenant: acme, days: 30}, {tenant: acme, days: 31}]}\n",
      environment, issues);
  EXPECT_NE(issues.Text().find("tenant 'acme' is given twice"), std::string::npos) << issues.Text();
}

// The settings of an `audit-logger` that stands where it stands in a file.
TEST(AuditSettings, KafkaIsOffUnlessBrokersAreNamed) {
  EXPECT_TRUE(KafkaOptionsOf(AuditSettings().kafka).brokers.empty());
}

TEST(AuditSettings, KafkaHasItsPasswordByReference) {
  using Variables = std::map<std::string, std::string, std::less<>>;
  const config::MapEnvironment environment(Variables{{"KAFKA_PASSWORD", "s3cret"}});
  config::Issues issues;
  const AuditSettings s = Resolve(
      "service:\n  kafka:\n    brokers: ['a:9092', 'b:9093']\n    topic: audit\n    compression: zstd\n"
      "    tls: {ca_file: ca.pem}\n"
      "    sasl: {mechanism: plain, username: ann, secret_key_ref: {env: KAFKA_PASSWORD}}\n",
      environment, issues);
  ASSERT_TRUE(issues.all().empty()) << issues.Text();
  const kafka::KafkaOptions options = KafkaOptionsOf(s.kafka);
  EXPECT_EQ(options.brokers, "a:9092,b:9093");
  EXPECT_EQ(options.topic, "audit");
  EXPECT_EQ(options.compression, "zstd");
  EXPECT_TRUE(options.tls);
  EXPECT_EQ(options.ca_file, "ca.pem");
  EXPECT_EQ(options.sasl_mechanism, "PLAIN");
  EXPECT_EQ(options.username, "ann");
  EXPECT_EQ(options.password, "s3cret");
}

TEST(AuditSettings, SaysWhatIsWrongWithKafka) {
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{});
  const std::pair<const char*, const char*> cases[] = {
      {"{brokers: ['a:9092']}", "no topic"},
      {"{topic: t}", "no effect"},
      {"{brokers: ['a'], topic: t}", "brokers"},
      {"{brokers: ['a:0'], topic: t}", "has a port"},
      {"{brokers: ['a:1,b:2'], topic: t}", "an item of its own"},
      {"{brokers: ['a:1'], topic: 'a b'}", "letters, digits"},
      {"{brokers: ['a:1'], topic: t, compression: lzma}", "lzma"},
      {"{brokers: ['a:1'], topic: t, tls: {key_file: k}}", "go together"},
      {"{brokers: ['a:1'], topic: t, sasl: {mechanism: plain, username: u, secret_key_ref: {env: E}}}",
       "for all to read"},
      {"{brokers: ['a:1'], topic: t, sasl: {secret_key_ref: {env: E}}}", "does not say who"},
      {"{brokers: ['a:1'], topic: t, sasl: {username: u, secret_key_ref: {env: E}}}", "brokers will refuse"},
  };
  for (const auto& [text, told] : cases) {
    config::Issues issues;
    (void)Resolve(std::string("services: {audit: {kafka: ") + text + "}}\nservice: {kafka: " + text + "}\n",
                  environment, issues);
    EXPECT_NE(issues.Text().find(told), std::string::npos) << text << issues.Text();
  }
}

AuditSettings ResolveLogger(const std::string& logger, config::Issues& issues) {
  const config::MapEnvironment environment(std::map<std::string, std::string, std::less<>>{});
  return Resolve("policy: {audit-logger: " + logger + "}\naudit-logger: " + logger + "\n", environment,
                 issues);
}

TEST(AuditSettings, HipaaSetsWhatItAsksFor) {
  config::Issues issues;
  const AuditSettings s = ResolveLogger("{hipaa_audit_controls: true}", issues);
  EXPECT_EQ(issues.Text().find("hipaa_audit_controls needs"), std::string::npos) << issues.Text();
  EXPECT_EQ(issues.Text().find("hipaa_audit_controls keeps"), std::string::npos) << issues.Text();
  EXPECT_TRUE(s.log_all_access);
  EXPECT_TRUE(s.immutable);
  EXPECT_EQ(s.retention_days, 2190);
  EXPECT_EQ(ResolveLogger("{hipaa_audit_controls: true, retention_days: 2555}", issues).retention_days, 2555);
  EXPECT_EQ(issues.Text().find("hipaa_audit_controls needs"), std::string::npos) << issues.Text();
  EXPECT_EQ(issues.Text().find("hipaa_audit_controls keeps"), std::string::npos) << issues.Text();
  EXPECT_EQ(ResolveLogger("{hipaa_audit_controls: false}", issues).retention_days, 365);
}

TEST(AuditSettings, HipaaRefusesWhatGoesAgainstIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"immutable: false", "needs immutable: true"},
      {"log_all_access: false", "needs log_all_access: true"},
      {"retention_days: 2189", "2190 days"},
      {"tenant_retention: [{tenant: acme, days: 30}]", "2190 days"},
  };
  for (const auto& [key, told] : cases) {
    config::Issues issues;
    (void)ResolveLogger("{hipaa_audit_controls: true, " + std::string(key) + "}", issues);
    EXPECT_NE(issues.Text().find(told), std::string::npos) << key << issues.Text();
  }
}

TEST(AuditSettings, BoundsRetention) {
  for (const char* text : {"audit-logger: {retention_days: 0}\n", "audit-logger: {retention_days: 36501}\n",
                           "audit-logger: {tenant_retention: [{tenant: acme, days: 0}]}\n",
                           "audit-logger: {tenant_retention: [{tenant: acme}]}\n",
                           "audit-logger: {tenant_retention: [{days: 5}]}\n"}) {
    config::Issues issues;
    Read(text, issues);
    ASSERT_EQ(issues.all().size(), 1u) << text;
    EXPECT_EQ(issues.all()[0].severity, config::Severity::kError);
  }
}

}  // namespace
}  // namespace portcullis::audit
