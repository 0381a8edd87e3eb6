#include "apps/config/flag_overrides.h"

namespace portcullis::app {

void FlagOverrides::ApplyTo(config::Document& document) const {
  auto apply = [&](const std::optional<std::string>& value, const char* flag, const char* path) {
    if (value) document.Override(path, {*value}, false, flag);
  };
  auto apply_list = [&](const std::vector<std::string>& values, const char* flag, const char* path) {
    if (!values.empty()) document.Override(path, values, true, flag);
  };
  apply_list(listen, "--listen", "gateway.listen");
  apply_list(policy_peers, "--policy-peer", "gateway.peers.policy");
  apply_list(router_peers, "--router-peer", "gateway.peers.router");
  apply_list(audit_peers, "--audit-peer", "gateway.peers.audit");
  apply(grpc_listen, "--grpc-listen", "gateway.grpc_listen");
  apply(admin_listen, "--admin-listen", "gateway.admin_listen");
  apply(state_dir, "--state-dir", "gateway.state_dir");
  apply(workers, "--workers", "gateway.workers");
  apply(fail_mode, "--fail-mode", "gateway.fail_mode");
  apply(log_level, "--log-level", "gateway.log_level");
  apply(tls_certificate, "--tls-certificate", "services.tls.certificate_file");
  apply(tls_key, "--tls-key", "services.tls.key_file");
  apply(tls_ca, "--tls-ca", "services.tls.ca_file");
  apply(tracing_endpoint, "--tracing-endpoint", "tracing.endpoint");
  apply(max_concurrency, "--max-concurrency", "gateway.limits.max_in_flight");
}

}  // namespace portcullis::app
