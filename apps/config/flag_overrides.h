// Flags of the command line that override keys of the configuration. The values are the texts as given; the
// schema checks them like those of the file, and issues name the flag.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/config/document.h"

namespace portcullis::app {

struct FlagOverrides {
  std::vector<std::string> listen;             // --listen, repeatable: gateway.listen
  std::optional<std::string> grpc_listen;      // --grpc-listen
  std::optional<std::string> admin_listen;     // --admin-listen
  std::optional<std::string> state_dir;        // --state-dir
  std::optional<std::string> workers;          // --workers
  std::optional<std::string> fail_mode;        // --fail-mode
  std::optional<std::string> log_level;        // --log-level
  std::optional<std::string> max_concurrency;  // --max-concurrency: gateway.limits.max_in_flight

  std::vector<std::string> policy_peers;  // --policy-peer, repeatable: gateway.peers.policy
  std::vector<std::string> router_peers;  // --router-peer, repeatable: gateway.peers.router
  std::vector<std::string> audit_peers;   // --audit-peer, repeatable: gateway.peers.audit

  std::optional<std::string> tls_certificate;  // --tls-certificate: services.tls.certificate_file
  std::optional<std::string> tls_key;          // --tls-key: services.tls.key_file
  std::optional<std::string> tls_ca;           // --tls-ca: services.tls.ca_file

  std::optional<std::string> tracing_endpoint;  // --tracing-endpoint: tracing.endpoint

  void ApplyTo(config::Document& document) const;
};

}  // namespace portcullis::app
