#include "apps/portcullis/log_place.h"

#include <iostream>
#include <utility>

#include "absl/status/statusor.h"
#include "apps/config/load_config.h"
#include "apps/process/state_dir.h"
#include "libs/base/strings.h"
#include "libs/config/environment.h"

namespace portcullis::app {
namespace {

absl::StatusOr<LogPlace> FindLog(const LogPlaceFlags& flags) {
  const config::SystemEnvironment environment;
  std::string state_dir = flags.state_dir;
  std::string database, signing_key;
  TlsSettings tls;
  if (!flags.policy_config.empty()) {
    const LoadedConfig config = LoadConfigFile(flags.policy_config, environment);
    if (!config.ok()) return absl::InvalidArgumentError(config.issues.Text());
    if (state_dir.empty()) state_dir = config.edge.state_dir;
    database = config.audit.database;
    signing_key = config.audit.signing_key;
    tls = config.tls;
  }
  const std::filesystem::path dir = ResolveStateDir(state_dir, environment);
  return LogPlace{dir, database.empty() ? dir / "audit.db" : std::filesystem::path(database),
                  signing_key.empty() ? dir / "audit-key.pem" : std::filesystem::path(signing_key),
                  std::move(tls)};
}

}  // namespace

void AddLogPlaceFlags(CLI::App& app, LogPlaceFlags* flags) {
  app.add_option("--policy-config", flags->policy_config,
                 "the gateway's configuration, for its state folder");
  app.add_option("--state-dir", flags->state_dir, "the gateway's state folder");
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
