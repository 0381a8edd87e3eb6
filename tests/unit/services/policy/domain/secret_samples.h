// Secrets made up for tests: of the right form, of nobody. The prefix stands apart from the body, so that no
// scanner of this repository takes them for real ones.
#pragma once

#include <string>
#include <vector>

namespace portcullis::policy {

struct SecretSample {
  const char* rule;
  std::string text;  // of which `secret` is redacted
  std::string secret;
};

inline std::vector<SecretSample> SecretSamples() {
  const std::string alnum = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3hJ6kL9nP2rS5tU8wX1zA4cD7eF0gH3iJ6kM9oQ2s";
  const std::string hex = "3f9a1c7e5b2d8064a9c1e3f5b7d90826f4e2d0c8b6a49173e5d7c9b1a3f50e2d4c6b8a";
  const std::string upper = "Q3Z7K2M5N4P6R7S3T2V5W4X6Y7A3B2C5D4E6F7G3H2J5K4L6M7N3P2Q5R4S6T7U3V2";
  const auto prefixed = [](const char* rule, std::string prefix, const std::string& body, size_t size) {
    const std::string secret = prefix + body.substr(0, size);
    return SecretSample{rule, "key " + secret + " end", secret};
  };
  std::vector<SecretSample> samples = {
      prefixed("aws_access_key", "AKIA", upper, 16),
      prefixed("gcp_key", "AIza", alnum, 35),
      prefixed("github_token", "ghp_", alnum, 36),
      prefixed("github_token", "github_pat_", alnum, 60),
      prefixed("gitlab_token", "glpat-", alnum, 20),
      prefixed("slack_token", "xoxb-", alnum, 40),
      prefixed("slack_webhook", "hooks.slack.com/services/", "T0A1B2C3D/B0A1B2C3D/" + alnum, 44),
      prefixed("stripe_key", "sk_live_", alnum, 24),
      prefixed("openai_key", "sk-", alnum, 48),
      prefixed("openai_key", "sk-proj-", alnum, 60),
      prefixed("anthropic_key", "sk-ant-", "api03-" + alnum, 70),
      prefixed("openrouter_key", "sk-or-v1-", hex, 64),
      prefixed("huggingface_token", "hf_", alnum, 34),
      prefixed("groq_key", "gsk_", alnum, 52),
      prefixed("npm_token", "npm_", alnum, 36),
      prefixed("pypi_token", "pypi-AgE", alnum, 60),
      prefixed("rubygems_key", "rubygems_", hex, 48),
      prefixed("docker_token", "dckr_pat_", alnum, 27),
      prefixed("twilio_key", "SK", hex, 32),
      prefixed("sendgrid_key", "SG.", alnum.substr(0, 22) + "." + alnum, 66),
      prefixed("digitalocean_token", "dop_v1_", hex, 64),
      prefixed("databricks_token", "dapi", hex, 32),
      prefixed("shopify_token", "shpat_", hex, 32),
      prefixed("vault_token", "hvs.", alnum, 30),
      prefixed("age_key", "AGE-SECRET-KEY-1", upper, 58),
      {"azure_key", "AccountKey=" + alnum + "aB3dE6gH9jK2m==;", "AccountKey=" + alnum + "aB3dE6gH9jK2m=="},
      {"connection_string", "postgres://app:t1ger-Rain@db.local/x", "t1ger-Rain"},
      {"assignment", "DB_PASSWORD=t1ger-Rain", "t1ger-Rain"},
      {"assignment", "{\"client_secret\": \"" + alnum.substr(0, 40) + "\"}", alnum.substr(0, 40)},
      {"assignment", "os.environ[\"MISTRAL_API_KEY\"] = '" + alnum.substr(0, 32) + "'", alnum.substr(0, 32)},
  };
  const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + alnum.substr(0, 43);
  samples.push_back({"jwt", "Bearer " + jwt + ",", jwt});
  const std::string pem = std::string("-----BEGIN RSA PRIVATE ") + "KEY-----\n" + alnum + "\n" + alnum +
                          "==\n-----END RSA PRIVATE " + "KEY-----";
  samples.push_back({"private_key", "a\n" + pem + "\nb", pem});
  return samples;
}

}  // namespace portcullis::policy
