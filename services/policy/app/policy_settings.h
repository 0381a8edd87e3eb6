// The policy service's part of policy-config.yaml.
#pragma once

#include <string>

#include "libs/config/schema.h"
#include "services/policy/app/catalog_settings.h"
#include "services/policy/domain/chain_options.h"

namespace portcullis::policy {

// Where the service listens as a process of its own. Port 0 = any free one.
struct PolicyServerSettings {
  std::string listen = "127.0.0.1:41011";        // gRPC
  std::string admin_listen = "127.0.0.1:41019";  // metrics, health, effective configuration
};

struct PolicySettings {
  PolicyServerSettings server;
  CatalogSettings catalog;
  ChainOptions chain;

  // A key of Keeptrusts' pii-detector that loads and is not acted on.
  bool include_metadata = true;
};

// `policies`: the chain.
config::Schema<PolicySettings> PoliciesSchema();

// `policy`: the block of each kind that this service evaluates.
config::Schema<PolicySettings> PolicyBlocksSchema();

// `services.policy`: addresses and limits.
config::Schema<PolicySettings> PolicyServiceSchema();

}  // namespace portcullis::policy
