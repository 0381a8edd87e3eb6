#include "apps/config/default_config.h"

#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::app {
namespace {

constexpr std::string_view kPolicies = R"(pack:
  name: portcullis-default
  version: 1.0.0
  enabled: true
policies:
  chain:
    - prompt-injection
    - pii-detector
    - safety-filter
    - audit-logger
policy:
  prompt-injection:
    threshold: 0.8
    action: block
  pii-detector:
    action: redact
  safety-filter:
    mode: strict
    action: block
  audit-logger:
    retention_days: 365
)";

constexpr std::string_view kMistral = R"(providers:
  strategy: single
  targets:
    - id: mistral
      provider: mistral
      model: passthrough
      default_model: mistral-small-latest
      timeout_seconds: 120
      stream_timeout_seconds: 180
      secret_key_ref:
        env: MISTRAL_API_KEY
)";

constexpr std::string_view kSimulator = R"(providers:
  strategy: single
  targets:
    - id: simulator
      provider: simulator
      provider_type: mistral
      model: passthrough
      default_model: mistral-small-latest
      base_url: http://localhost/v1
)";

}  // namespace

std::string DefaultConfigWithMistral() { return base::StrCat(kPolicies, kMistral); }
std::string DefaultConfigWithSimulator() { return base::StrCat(kPolicies, kSimulator); }

}  // namespace portcullis::app
