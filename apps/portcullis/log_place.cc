#include "apps/portcullis/log_place.h"

#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "apps/config/load_config.h"
#include "apps/portcullis/login_name.h"
#include "apps/process/state_dir.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/environment.h"
#include "services/audit/app/audit_settings.h"

namespace portcullis::app {
namespace {

absl::StatusOr<LogPlace> FindLog(const LogPlaceFlags& flags) {
  const config::SystemEnvironment environment;
  std::string state_dir = flags.state_dir;
  LogPlace place;
  audit::AuditSettings settings;
  if (!flags.policy_config.empty()) {
    const LoadedConfig config = LoadConfigFile(flags.policy_config, environment);
    if (!config.ok()) return absl::InvalidArgumentError(config.issues.Text());
    if (state_dir.empty()) state_dir = config.edge.state_dir;
    settings = config.audit;
    place.tls = config.tls;
  }
  const std::filesystem::path dir = ResolveStateDir(state_dir, environment);
  place.state_dir = dir;
  place.content = settings.content;
  place.reader = audit::LocalReaderOf(dir, LoginName(), settings.log_all_access);
  place.signing_key =
      settings.signing_key.empty() ? dir / "audit-key.pem" : std::filesystem::path(settings.signing_key);
  place.store = settings.database.empty() ? dir / "audit.db" : std::filesystem::path(settings.database);
  if (settings.store == audit::StoreKind::kPostgresql) {
    place.store.postgresql = settings.postgresql.connection;
    place.store.password = settings.postgresql.password.Reveal();
    place.store.log_id = flags.log;
    if (flags.log.empty()) {
      ASSIGN_OR_RETURN(place.store.log_id, audit::ReadLogId(dir));
    }
  }
  return place;
}

}  // namespace

void AddLogPlaceFlags(CLI::App& app, LogPlaceFlags* flags) {
  app.add_option("--policy-config", flags->policy_config,
                 "the gateway's configuration, for its state folder");
  app.add_option("--state-dir", flags->state_dir, "the gateway's state folder");
  app.add_option("--log", flags->log, "the id of a log in PostgreSQL (default: that of the state folder)");
}

int RunOnLog(CLI::App& app, int argc, char** argv, const LogPlaceFlags& flags,
             const std::function<absl::Status(const LogPlace&)>& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::StatusOr<LogPlace> place = FindLog(flags);
  const absl::Status status = place.ok() ? run(*place) : place.status();
  if (status.ok()) return 0;
  std::cerr << base::Message(status) << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace portcullis::app
