#include "apps/config/flag_overrides.h"

namespace portcullis::app {

void FlagOverrides::ApplyTo(config::Document& document) const {
  auto apply = [&](const std::optional<std::string>& value, const char* flag, const char* path) {
    if (value) document.Override(path, {*value}, false, flag);
  };
  if (!listen.empty()) document.Override("gateway.listen", listen, true, "--listen");
  apply(grpc_listen, "--grpc-listen", "gateway.grpc_listen");
  apply(admin_listen, "--admin-listen", "gateway.admin_listen");
  apply(state_dir, "--state-dir", "gateway.state_dir");
  apply(workers, "--workers", "gateway.workers");
  apply(fail_mode, "--fail-mode", "gateway.fail_mode");
  apply(log_level, "--log-level", "gateway.log_level");
  apply(max_concurrency, "--max-concurrency", "gateway.limits.max_in_flight");
}

}  // namespace portcullis::app
