#include "apps/process/process_flags.h"

#include <CLI/CLI.hpp>

namespace portcullis::app {

std::optional<int> ParseProcessFlags(ProcessKind kind, int argc, char** argv, ProcessFlags* flags) {
  CLI::App app("Serves until SIGINT or SIGTERM.", argv[0]);
  app.add_option("--policy-config,--config", flags->policy_config,
                 "policy-config.yaml, AxonFlow's YAML, or one of each; without it the built-in configuration");
  FlagOverrides& over = flags->overrides;
  if (kind == ProcessKind::kGateway || kind == ProcessKind::kEdge) {
    app.add_option("--listen", over.listen, "HTTP address HOST:PORT; may be given more than once");
    app.add_option("--fail-mode", over.fail_mode, "block | allow, when a policy fails");
    app.add_option("--max-concurrency", over.max_concurrency, "requests under way at once");
  }
  if (kind == ProcessKind::kEdge) {
    app.add_option("--policy-peer", over.policy_peers, "HOST:PORT of the policy service; may be given more than once");
    app.add_option("--router-peer", over.router_peers, "HOST:PORT of the router service; may be given more than once");
    app.add_option("--audit-peer", over.audit_peers, "HOST:PORT of the audit service; may be given more than once");
  }
  app.add_option("--grpc-listen", over.grpc_listen, "gRPC address HOST:PORT");
  app.add_option("--admin-listen", over.admin_listen, "address of metrics, health and configuration");
  app.add_option("--tls-certificate", over.tls_certificate, "PEM file: the certificate of this process");
  app.add_option("--tls-key", over.tls_key, "PEM file: its key");
  app.add_option("--tls-ca", over.tls_ca, "PEM file: the CAs of the peers' certificates");
  app.add_option("--tracing-endpoint", over.tracing_endpoint, "http://HOST:PORT of an OpenTelemetry collector");
  app.add_option("--state-dir", over.state_dir, "where spools and the audit database live");
  app.add_option("--workers", over.workers, "worker threads; 0 = as many as cores");
  app.add_option("--log-level", over.log_level, "debug | info | warning | error");
  app.add_flag("--simulator", flags->simulator,
               "without a file and without MISTRAL_API_KEY or that of another provider: use the provider simulator");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

}  // namespace portcullis::app
