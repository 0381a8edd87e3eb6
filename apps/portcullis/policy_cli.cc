#include "apps/portcullis/policy_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

#include "apps/portcullis/policy/explain_command.h"
#include "apps/portcullis/policy/init_command.h"
#include "apps/portcullis/policy/test_command.h"

namespace portcullis::app {
namespace {

// The exit code when the command must end here.
int Parse(CLI::App& app, int argc, char** argv, bool* go_on) {
  try {
    app.parse(argc, argv);
    *go_on = true;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return 0;
}

}  // namespace

int RunPolicyTestCli(int argc, char** argv) {
  CLI::App app("Runs a pack's tests: tests/*.json, and testing.suites of its policy-config.yaml.", argv[0]);
  PolicyTestOptions options;
  app.add_option("--pack-dir", options.pack_dir, "the folder of policy-config.yaml (default: this one)");
  app.add_flag("--json", options.json, "one JSON object");
  app.add_option("--junit", options.junit, "a file for JUnit XML");
  bool go_on = false;
  const int code = Parse(app, argc, argv, &go_on);
  if (!go_on) return code;
  return RunPolicyTests(options, config::SystemEnvironment(), base::SystemClock(), std::cout, std::cerr);
}

int RunPolicyExplainCli(int argc, char** argv) {
  CLI::App app("Says which rule finds which bytes of a text, why, and what it costs.", argv[0]);
  ExplainOptions options;
  std::string direction = "input";
  std::string role = "user";
  const std::map<std::string, policy::Role> roles = {{"system", policy::Role::kSystem},
                                                     {"user", policy::Role::kUser},
                                                     {"assistant", policy::Role::kAssistant},
                                                     {"tool", policy::Role::kTool}};
  app.add_option("--policy-config,--file", options.policy_config, "the configuration");
  app.add_option("--role", role, "who wrote it: system | user | assistant | tool")
      ->check(CLI::IsMember(roles));
  app.add_option("--direction", direction, "input: it goes to a model; output: it came from one")
      ->check(CLI::IsMember({"input", "output"}));
  app.add_flag("--json", options.json, "one JSON object");
  app.add_option("text", options.text, "the text; - reads it from the standard input")->required();
  bool go_on = false;
  const int code = Parse(app, argc, argv, &go_on);
  if (!go_on) return code;
  if (options.text == "-") options.text.assign(std::istreambuf_iterator<char>(std::cin), {});
  options.role = direction == "output" ? policy::Role::kAssistant : roles.at(role);
  options.direction = direction == "output" ? policy::Direction::kOutput : policy::Direction::kInput;
  return RunExplain(options, config::SystemEnvironment(), base::SystemClock(), std::cout, std::cerr);
}

int RunInitCli(int argc, char** argv) {
  CLI::App app("Writes a policy-config.yaml and its tests.", argv[0]);
  InitOptions options;
  app.add_option("--template", options.name, "which one; --list shows them");
  app.add_option("--dir", options.dir, "where to (default: here)");
  app.add_flag("--list", options.list, "shows the templates");
  bool go_on = false;
  const int code = Parse(app, argc, argv, &go_on);
  return go_on ? RunInit(options, std::cout, std::cerr) : code;
}

}  // namespace portcullis::app
