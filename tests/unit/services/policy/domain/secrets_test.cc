// The policy secrets: what it finds, what it leaves alone, its options.
#include "secret_samples.h"

#include <gtest/gtest.h>

#include "policy_harness.h"
#include "services/policy/domain/secrets/secret_rules.h"

namespace portcullis::policy {
namespace {

ChainOptions SecretsOnly() {
  ChainOptions options;
  options.chain = {"secrets"};
  return options;
}

class Secrets : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = std::make_unique<Harness>(SecretsOnly()); }
  static void TearDownTestSuite() { harness_.reset(); }

  static std::string Redact(std::string_view text) { return harness_->RedactOutput(text); }

  static inline std::unique_ptr<Harness> harness_;
};

TEST_F(Secrets, EachIsRedactedAndNamed) {
  for (const SecretSample& sample : SecretSamples()) {
    const Decision decision = harness_->CheckOutput(sample.text);
    ASSERT_EQ(decision.findings.size(), 1u) << sample.text;
    const Finding& finding = decision.findings[0];
    EXPECT_EQ(finding.rule, sample.rule);
    EXPECT_EQ(sample.text.substr(finding.begin, finding.end - finding.begin), sample.secret);
    EXPECT_EQ(finding.reason.find(sample.secret), std::string::npos);
  }
}

TEST_F(Secrets, KeysOfAnotherLengthAreNone) {
  EXPECT_EQ(Redact("AKIAQ3Z7K2M5N4P6R7S"), "AKIAQ3Z7K2M5N4P6R7S");
  EXPECT_EQ(Redact("ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ"), "ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ");
}

TEST_F(Secrets, LeavesAlone) {
  for (const char* text :
       {"the password is secret and the token was lost: see the manual", "password = getpass.getpass()",
        "token: str = None", "PASSWORD=changeme-please-1", "password: ${DB_PASSWORD}",
        "api_key = os.environ['API_KEY']", "secret_name: my-application-secrets-store-2024",
        "token = 123e4567-e89b-12d3-a456-426614174000",
        "\"integrity\": \"sha512-9HZ1C5eUjkLmoX0yUq3Q9f2bVb3Kj1J0Qm7Zk2w5a8dXcV==\"",
        "token_hash = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "AKIAIOSFODNN7EXAMPLE", "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx", "https://user:password@example.com/",
        "https://example.com:8080/a@b", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
        "task-force-and-risk-management-is-a-long-name", "sk-learn and hf_hub and SKIP",
        "eyJ is how it begins"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST_F(Secrets, StandInOtherFormats) {
  EXPECT_EQ(Redact("export GITHUB_TOKEN=ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6"),
            "export GITHUB_TOKEN=[SECRET]");
  EXPECT_EQ(Redact("?key=AIzaaB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ&x"), "?key=[SECRET]&x");
  EXPECT_EQ(harness_->RedactOutput(R"({"k":"AKIAQ3Z7K2M5N4P6R7S3\n"})", SegmentKind::kJson),
            R"({"k":"[SECRET]\n"})");
}

TEST(SecretsOptions, RulesMarkerAndAction) {
  ChainOptions options = SecretsOnly();
  options.secrets.rules = {{"aws_access_key", false}};
  options.secrets.marker = "<gone>";
  EXPECT_EQ(Harness(options).RedactOutput("AKIAQ3Z7K2M5N4P6R7S3 npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6"),
            "AKIAQ3Z7K2M5N4P6R7S3 <gone>");
  options.secrets.action = OnDetect::kBlock;
  const Decision decision = Harness(options).CheckInput("npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6");
  EXPECT_EQ(decision.action, Action::kBlock);
  EXPECT_EQ(decision.policy, "secrets");
  EXPECT_EQ(decision.reason_code, "secrets.detected");
  options.secrets.rules = {{"aws", true}};
  const auto bundle = Bundle::Compile(options);
  ASSERT_FALSE(bundle.ok());
  EXPECT_NE(bundle.status().message().find("aws_access_key"), absl::string_view::npos);
}

}  // namespace
}  // namespace portcullis::policy
