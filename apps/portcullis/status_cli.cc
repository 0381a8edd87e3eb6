#include "apps/portcullis/status_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "apps/config/load_config.h"
#include "apps/portcullis/status/status_command.h"
#include "libs/config/environment.h"

namespace portcullis::app {

int RunStatusCli(int argc, char** argv) {
  CLI::App app("Shows how the processes of a running gateway are.", argv[0]);
  std::string policy_config;
  double timeout_seconds = 5;
  std::vector<std::string> admin;
  status::StatusOptions options;
  app.add_option("--policy-config", policy_config, "the suite's configuration, for its admin addresses");
  app.add_option("--admin", admin, "HOST:PORT of an admin port, several times for several processes");
  app.add_option("--timeout", timeout_seconds, "seconds to wait for each answer")
      ->check(CLI::Range(0.1, 60.0));
  app.add_flag("--json", options.json, "one JSON object in place of a table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.all = !admin.empty();
  for (const std::string& address : admin) options.places.push_back({address, ""});
  if (!options.all) {
    LoadedConfig config;
    if (!policy_config.empty()) {
      config = LoadConfigFile(policy_config, config::SystemEnvironment());
      if (!config.ok()) {
        std::cerr << config.issues.Text();
        return 2;
      }
    }
    options.places = {{config.edge.admin_listen, "edge"},
                      {config.policy_server.admin_listen, "policy"},
                      {config.router_server.admin_listen, "router"},
                      {config.audit.admin_listen, "audit"}};
  }
  const std::chrono::milliseconds patience(static_cast<int64_t>(timeout_seconds * 1000));
  const bool ready = status::RunStatus(
      [patience](const std::string& address, const std::string& path) {
        return targets::AskAdmin(address, "GET", path, "", patience);
      },
      options, base::SystemClock().Now(), std::cout);
  return ready ? 0 : 1;
}

}  // namespace portcullis::app
