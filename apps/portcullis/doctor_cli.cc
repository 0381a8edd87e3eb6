#include "apps/portcullis/doctor_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/config/axonflow/providers.h"
#include "apps/config/rule_place.h"
#include "apps/portcullis/doctor/doctor_command.h"
#include "apps/process/security.h"
#include "apps/process/state_dir.h"
#include "libs/config/environment.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/health.h"
#include "libs/telemetry/api/logger.h"
#include "services/policy/app/policy_component.h"

namespace portcullis::app {
namespace {

struct DoctorFlags {
  std::vector<std::string> policy_config;
  std::string state_dir;
  std::string process = "gateway";
  double timeout_seconds = 5;
  bool offline = false;
  bool json = false;
};

constexpr std::pair<const char*, ProcessKind> kProcesses[] = {{"gateway", ProcessKind::kGateway},
                                                              {"edge", ProcessKind::kEdge},
                                                              {"policy", ProcessKind::kPolicy},
                                                              {"router", ProcessKind::kRouter},
                                                              {"audit", ProcessKind::kAudit}};

ProcessKind KindOf(std::string_view name) {
  for (const auto& [known, kind] : kProcesses) {
    if (known == name) return kind;
  }
  return ProcessKind::kGateway;
}

LoadedConfig Load(const DoctorFlags& flags, const config::Environment& environment,
                  const base::Clock& clock) {
  FlagOverrides overrides;
  if (!flags.state_dir.empty()) overrides.state_dir = flags.state_dir;
  if (flags.policy_config.empty()) return LoadDefaults(environment, overrides, "http://localhost/v1");
  LoadedConfig config = LoadConfigFiles(flags.policy_config, environment, overrides, &clock);
  if (config.ok()) AddCompileProblem(policy::PolicyComponent::Check(config.chain), &config);
  return config;
}

bool Run(const DoctorFlags& flags, const config::Environment& environment) {
  const base::SystemClock clock;
  telemetry::NullMetrics metrics;
  telemetry::NullLogger logger;
  const LoadedConfig config = Load(flags, environment, clock);
  const std::chrono::milliseconds patience(static_cast<int64_t>(flags.timeout_seconds * 1000));
  const auto security = SecurityOf(config.tls, clock, metrics, logger);
  rpc::SilenceLibrary();
  doctor::DoctorParts parts = {
      doctor::ReadMachine,
      doctor::TryFolder,
      [patience](const router::TargetOptions& target, const std::string& key) {
        return doctor::AskProvider(target, key, patience);
      },
      [&](const std::string& role, const std::string& address) {
        return rpc::AskHealth(rpc::NewChannel(address, (*security)->Channel(role)), patience, clock);
      },
      [patience](const router::SharedStateOptions& shared) {
        return router::AskSharedState(shared, patience);
      },
      [](const doctor::NamedDatabase& database) {
        const pg::PgSettings& place = database.settings;
        return pg::AskDatabase({place.connection, place.password.Reveal()}, database.schema);
      },
      clock};
  if (!security.ok()) parts.peer = nullptr;
  const doctor::DoctorOptions options = {KindOf(flags.process),
                                         ResolveStateDir(config.edge.state_dir, environment), flags.offline};
  return doctor::WriteFindings(doctor::Examine(config, options, parts), flags.json, std::cout);
}

}  // namespace

int RunDoctorCli(int argc, char** argv) {
  CLI::App app("Looks whether a process can serve with this configuration, on this machine; says what to do.",
               argv[0]);
  DoctorFlags flags;
  app.add_option("--policy-config", flags.policy_config,
                 "the configuration; default: what a start without one takes");
  app.add_option("--state-dir", flags.state_dir, "where spools and the audit database live");
  std::vector<std::string> processes;
  for (const auto& [name, kind] : kProcesses) processes.emplace_back(name);
  app.add_option("--process", flags.process, "whose part of the configuration: gateway is all in one")
      ->check(CLI::IsMember(processes));
  app.add_option("--timeout", flags.timeout_seconds, "seconds to wait for each answer")
      ->check(CLI::Range(0.1, 60.0));
  app.add_flag("--offline", flags.offline, "ask nobody: providers, peers, Redis, PostgreSQL");
  app.add_flag("--json", flags.json, "one JSON object in place of text");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const config::SystemEnvironment environment;
  if (flags.policy_config.empty() && !axonflow::NamesProvider(environment)) {
    std::cerr << "no configuration: give --policy-config FILE, or set MISTRAL_API_KEY or the key of another "
                 "provider\n";
    return 2;
  }
  return Run(flags, environment) ? 0 : 1;
}

}  // namespace portcullis::app
