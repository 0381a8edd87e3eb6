#include "services/policy/domain/secrets/secret_rules.h"

#include <algorithm>

namespace portcullis::policy {
namespace {

using C = SecretChars;

constexpr SecretRule kRules[] = {
    {"aws_access_key", "an AWS access key", "AKIA", C::kUpper, 16, 16},
    {"aws_access_key", "an AWS access key", "ASIA", C::kUpper, 16, 16},
    {"aws_access_key", "an AWS access key", "ABIA", C::kUpper, 16, 16},
    {"aws_access_key", "an AWS access key", "ACCA", C::kUpper, 16, 16},
    {"azure_key", "an Azure access key", "AccountKey=", C::kBase64, 86, 88},
    {"azure_key", "an Azure access key", "SharedAccessKey=", C::kBase64, 43, 44},
    {"gcp_key", "a Google API key", "AIza", C::kUrl, 35, 35},
    {"gcp_key", "a Google access token", "ya29.", C::kUrl, 30, 250},
    {"gcp_key", "a Google client secret", "GOCSPX-", C::kUrl, 28, 28},
    {"github_token", "a GitHub token", "ghp_", C::kAlnum, 36, 36},
    {"github_token", "a GitHub token", "gho_", C::kAlnum, 36, 36},
    {"github_token", "a GitHub token", "ghu_", C::kAlnum, 36, 36},
    {"github_token", "a GitHub token", "ghs_", C::kAlnum, 36, 36},
    {"github_token", "a GitHub token", "ghr_", C::kAlnum, 36, 76},
    {"github_token", "a GitHub token", "github_pat_", C::kUrl, 36, 93},
    {"gitlab_token", "a GitLab token", "glpat-", C::kUrlDotted, 20, 64},
    {"gitlab_token", "a GitLab token", "gldt-", C::kUrl, 20, 64},
    {"gitlab_token", "a GitLab token", "glrt-", C::kUrlDotted, 20, 64},
    {"gitlab_token", "a GitLab token", "glptt-", C::kHex, 40, 40},
    {"gitlab_token", "a GitLab token", "gloas-", C::kHex, 64, 64},
    {"slack_token", "a Slack token", "xoxb-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xoxp-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xoxa-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xoxr-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xoxs-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xoxe-", C::kUrl, 20, 200},
    {"slack_token", "a Slack token", "xapp-", C::kUrl, 20, 200},
    {"slack_webhook", "the address of a Slack webhook", "hooks.slack.com/services/", C::kBase64, 40, 80},
    {"stripe_key", "a Stripe key", "sk_live_", C::kAlnum, 16, 247},
    {"stripe_key", "a Stripe key", "sk_test_", C::kAlnum, 16, 247},
    {"stripe_key", "a Stripe key", "rk_live_", C::kAlnum, 16, 247},
    {"stripe_key", "a Stripe key", "rk_test_", C::kAlnum, 16, 247},
    {"stripe_key", "a Stripe signing secret", "whsec_", C::kBase64, 32, 64},
    {"openai_key", "an OpenAI key", "sk-proj-", C::kUrl, 40, 200},
    {"openai_key", "an OpenAI key", "sk-svcacct-", C::kUrl, 40, 200},
    {"openai_key", "an OpenAI key", "sk-admin-", C::kUrl, 40, 200},
    {"openai_key", "an OpenAI key", "sk-", C::kAlnum, 32, 64},
    {"anthropic_key", "an Anthropic key", "sk-ant-", C::kUrl, 24, 200},
    {"openrouter_key", "an OpenRouter key", "sk-or-v1-", C::kHex, 64, 64},
    {"huggingface_token", "a Hugging Face token", "hf_", C::kAlnum, 30, 40},
    {"groq_key", "a Groq key", "gsk_", C::kAlnum, 52, 52},
    {"perplexity_key", "a Perplexity key", "pplx-", C::kAlnum, 40, 56},
    {"replicate_token", "a Replicate token", "r8_", C::kAlnum, 37, 37},
    {"xai_key", "an xAI key", "xai-", C::kAlnum, 60, 100},
    {"langsmith_key", "a LangSmith key", "lsv2_pt_", C::kUrl, 32, 50},
    {"langsmith_key", "a LangSmith key", "lsv2_sk_", C::kUrl, 32, 50},
    {"npm_token", "an npm token", "npm_", C::kAlnum, 36, 36},
    {"pypi_token", "a PyPI token", "pypi-AgE", C::kUrl, 50, 250},
    {"rubygems_key", "a RubyGems key", "rubygems_", C::kHex, 48, 48},
    {"docker_token", "a Docker Hub token", "dckr_pat_", C::kUrl, 27, 36},
    {"twilio_key", "a Twilio key", "SK", C::kHex, 32, 32},
    {"sendgrid_key", "a SendGrid key", "SG.", C::kUrlDotted, 66, 66},
    {"mailgun_key", "a Mailgun key", "key-", C::kHex, 32, 32},
    {"digitalocean_token", "a DigitalOcean token", "dop_v1_", C::kHex, 64, 64},
    {"digitalocean_token", "a DigitalOcean token", "doo_v1_", C::kHex, 64, 64},
    {"digitalocean_token", "a DigitalOcean token", "dor_v1_", C::kHex, 64, 64},
    {"databricks_token", "a Databricks token", "dapi", C::kHex, 32, 32},
    {"shopify_token", "a Shopify token", "shpat_", C::kHex, 32, 32},
    {"shopify_token", "a Shopify token", "shpss_", C::kHex, 32, 32},
    {"shopify_token", "a Shopify token", "shpca_", C::kHex, 32, 32},
    {"shopify_token", "a Shopify token", "shppa_", C::kHex, 32, 32},
    {"square_token", "a Square token", "sq0atp-", C::kUrl, 22, 22},
    {"square_token", "a Square token", "sq0csp-", C::kUrl, 43, 43},
    {"linear_key", "a Linear key", "lin_api_", C::kAlnum, 40, 40},
    {"notion_token", "a Notion token", "ntn_", C::kAlnum, 46, 46},
    {"postman_key", "a Postman key", "PMAK-", C::kUrl, 59, 59},
    {"newrelic_key", "a New Relic key", "NRAK-", C::kUpper, 27, 27},
    {"grafana_token", "a Grafana token", "glsa_", C::kUrl, 41, 41},
    {"grafana_token", "a Grafana token", "glc_", C::kBase64, 32, 250},
    {"vault_token", "a Vault token", "hvs.", C::kUrl, 24, 250},
    {"vault_token", "a Vault token", "hvb.", C::kUrl, 90, 250},
    {"doppler_token", "a Doppler token", "dp.pt.", C::kAlnum, 40, 44},
    {"pulumi_token", "a Pulumi token", "pul-", C::kHex, 40, 40},
    {"planetscale_token", "a PlanetScale token", "pscale_tkn_", C::kUrlDotted, 32, 64},
    {"planetscale_token", "a PlanetScale password", "pscale_pw_", C::kUrlDotted, 32, 64},
    {"supabase_token", "a Supabase token", "sbp_", C::kHex, 40, 40},
    {"figma_token", "a Figma token", "figd_", C::kUrl, 38, 48},
    {"atlassian_token", "an Atlassian token", "ATATT3", C::kBase64, 100, 250},
    {"sentry_token", "a Sentry token", "sntryu_", C::kHex, 64, 64},
    {"heroku_key", "a Heroku key", "HRKU-AA", C::kUrl, 58, 58},
    {"age_key", "an age identity", "AGE-SECRET-KEY-1", C::kUpper, 58, 58},
};

}  // namespace

std::span<const SecretRule> PrefixRules() { return kRules; }

std::vector<std::string_view> SecretNames() {
  std::vector<std::string_view> names;
  for (const SecretRule& rule : PrefixRules()) {
    if (std::find(names.begin(), names.end(), rule.name) == names.end()) names.push_back(rule.name);
  }
  for (const SecretShapeInfo& shape : kSecretShapes) names.push_back(shape.name);
  return names;
}

}  // namespace portcullis::policy
