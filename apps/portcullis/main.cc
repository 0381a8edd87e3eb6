// The command line: one table from words to what they run. `alias kt=portcullis` serves Keeptrusts' users.
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "apps/portcullis/audit_cli.h"
#include "apps/portcullis/doctor_cli.h"
#include "apps/portcullis/events_cli.h"
#include "apps/portcullis/keep_cli.h"
#include "apps/portcullis/lint/lint_command.h"
#include "apps/portcullis/migrate_cli.h"
#include "apps/portcullis/policy_cli.h"
#include "apps/portcullis/status_cli.h"
#include "apps/portcullis/targets_cli.h"
#include "apps/process/run_process.h"
#include "apps/sim/sim_command.h"
#include "libs/config/environment.h"

namespace portcullis::app {
namespace {

struct Command {
  std::string_view words;  // "gateway run"
  std::string_view help;
  int (*run)(int argc, char** argv);
};

int RunGateway(int argc, char** argv) { return RunProcess(ProcessKind::kGateway, argc, argv); }

int RunPolicyLint(int argc, char** argv) {
  return RunLint(std::vector<std::string>(argv + 1, argv + argc), config::SystemEnvironment(),
                 base::SystemClock(), std::cout);
}

// Add an item here to give the program a new command.
constexpr Command kCommands[] = {
    {"gateway run", "serve: all parts in one process", RunGateway},
    {"init", "write a policy-config.yaml to begin with", RunInitCli},
    {"migrate", "write another product's configuration as ours", RunMigrateCli},
    {"policy lint", "check a policy-config.yaml", RunPolicyLint},
    {"policy test", "run the tests of a policy-config.yaml", RunPolicyTestCli},
    {"policy explain", "say what the policies find in a text, and why", RunPolicyExplainCli},
    {"status", "show how the processes of a running suite are", RunStatusCli},
    {"doctor", "say what keeps a process from serving, and what to do", RunDoctorCli},
    {"targets", "show the targets of a running gateway, drain one", RunTargetsCli},
    {"events show", "show the audit record of a request", RunEventsShowCli},
    {"events tail", "show the newest audit records", RunEventsTailCli},
    {"events export", "write audit records as NDJSON or CSV", RunEventsExportCli},
    {"events stats", "count audit records, their tokens, cost and latency", RunEventsStatsCli},
    {"audit verify", "check that nobody altered the audit log", RunAuditVerifyCli},
    {"audit export", "write the audit log for `audit verify`", RunAuditExportCli},
    {"audit prove", "prove that a receipt's record is in the log", RunAuditProveCli},
    {"audit consistency", "prove that an earlier log is the beginning of this one", RunAuditConsistencyCli},
    {"audit rotate-key", "replace the key that signs the log", RunAuditRotateKeyCli},
    {"audit hold", "place a legal hold: what it selects is not removed", RunAuditHoldCli},
    {"audit holds", "list the legal holds", RunAuditHoldsCli},
    {"audit release", "release a legal hold", RunAuditReleaseCli},
    {"audit erase", "remove the records of a user", RunAuditEraseCli},
    {"audit head", "show the last signed head of the log", RunAuditHeadCli},
    {"sim", "run the provider simulator", sim::RunSimCommand},
};

// How many of the arguments are the words of the command; 0 = it is another one.
int MatchWords(std::string_view words, int argc, char** argv) {
  int matched = 0;
  while (!words.empty()) {
    const size_t space = words.find(' ');
    if (matched + 1 >= argc || words.substr(0, space) != argv[matched + 1]) return 0;
    ++matched;
    words = space == std::string_view::npos ? std::string_view() : words.substr(space + 1);
  }
  return matched;
}

int Usage(std::ostream& out, int code) {
  out << "usage: portcullis COMMAND [options]; COMMAND --help shows its options\n\n";
  for (const Command& command : kCommands) {
    out << "  " << command.words << std::string(19 - command.words.size(), ' ') << command.help << "\n";
  }
  return code;
}

int Main(int argc, char** argv) {
  for (const Command& command : kCommands) {
    const int words = MatchWords(command.words, argc, argv);
    if (words == 0) continue;
    std::string name = "portcullis " + std::string(command.words);
    std::vector<char*> rest = {name.data()};
    rest.insert(rest.end(), argv + 1 + words, argv + argc);
    rest.push_back(nullptr);
    return command.run(static_cast<int>(rest.size()) - 1, rest.data());
  }
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--help" || first == "-h" || first == "help") return Usage(std::cout, 0);
  if (first == "--version") {
    std::cout << "portcullis " PORTCULLIS_VERSION "\n";
    return 0;
  }
  if (argc > 1) std::cerr << "unknown command '" << first << "'\n\n";
  return Usage(std::cerr, 2);
}

}  // namespace
}  // namespace portcullis::app

int main(int argc, char** argv) { return portcullis::app::Main(argc, argv); }
