// `gateway.axonflow`: AxonFlow's API beside OpenAI's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libs/config/schema.h"

namespace portcullis::edge {

enum class DeploymentMode { kCommunity, kEnterprise };

struct AxonFlowClientSettings {
  std::string id;
  std::string secret_sha256;  // 64 hex digits
};

struct AxonFlowSettings {
  bool enabled = true;
  DeploymentMode deployment_mode = DeploymentMode::kCommunity;
  std::vector<AxonFlowClientSettings> clients;
  std::optional<std::string> context_key_file;
  std::chrono::milliseconds context_ttl{300'000};
};

config::Schema<AxonFlowSettings> AxonFlowSchema();

}  // namespace portcullis::edge
