#include "apps/config/default_config.h"

#include <string_view>

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

std::string DefaultPolicies() { return std::string(kPolicies); }
std::string SimulatorProviders() { return std::string(kSimulator); }

}  // namespace portcullis::app
