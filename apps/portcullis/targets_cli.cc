#include "apps/portcullis/targets_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "apps/config/load_config.h"
#include "apps/portcullis/login_name.h"
#include "apps/portcullis/targets/targets_command.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/environment.h"

namespace portcullis::app {

int RunTargetsCli(int argc, char** argv) {
  CLI::App app("Shows the targets of a running gateway; --drain and the like change one.", argv[0]);
  std::string policy_config;
  std::string admin;
  targets::TargetsOptions options;
  app.add_option("--policy-config", policy_config, "the gateway's configuration, for its admin address");
  app.add_option("--admin", admin, "the admin address of the gateway, or of its router process");
  app.add_flag("--json", options.json, "the admin port's JSON in place of a table");
  std::string user = LoginName();
  app.add_option("--by", user, "who asks, for the audit record; default: your login name")
      ->check([](const std::string& name) { return config::CheckOneLine(name); });
  auto* actions = app.add_option_group("actions", "at most one of these");
  actions->require_option(0, 1);
  const auto action = [&](const char* flag, const char* name, const char* help) {
    actions
        ->add_option_function<std::string>(
            flag,
            [&options, name](const std::string& target) {
              options.target = target;
              options.action = name;
            },
            help)
        ->type_name("TARGET");
  };
  action("--drain", "drain", "no new calls; those under way go on");
  action("--undrain", "undrain", "takes that back");
  action("--force-open", "force_open", "its circuit refuses everything");
  action("--force-closed", "force_closed", "its circuit admits everything");
  action("--release-circuit", "release_circuit", "its circuit follows the results again");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (admin.empty()) {
    LoadedConfig config;
    if (!policy_config.empty()) {
      config = LoadConfigFile(policy_config, config::SystemEnvironment());
      if (!config.ok()) {
        std::cerr << config.issues.Text();
        return 2;
      }
    }
    admin = config.edge.admin_listen;
  }
  const absl::Status status = targets::RunTargets(
      [&admin, &user](const std::string& method, const std::string& path) {
        return targets::AskAdmin(admin, method, path, user);
      },
      options, std::cout);
  if (status.ok()) return 0;
  std::cerr << base::Message(status) << "\n";
  return 1;
}

}  // namespace portcullis::app
