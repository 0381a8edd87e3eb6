#include "apps/portcullis/keep_cli.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "apps/config/load_config.h"
#include "apps/portcullis/audit/keep_command.h"
#include "apps/portcullis/filter_flags.h"
#include "apps/portcullis/login_name.h"
#include "apps/portcullis/targets/admin_client.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/environment.h"

namespace portcullis::app {
namespace {

constexpr std::chrono::seconds kPatience{30};

struct KeepFlags {
  std::string policy_config;
  std::string admin;
  std::string by = LoginName();
  std::string reason;
  events::Filter filter;
};

void AddFlags(CLI::App& app, KeepFlags* flags, bool with_reason) {
  app.add_option("--policy-config", flags->policy_config,
                 "the gateway's configuration, for its admin address");
  app.add_option("--admin", flags->admin, "the admin address of the gateway, or of its audit process");
  if (!with_reason) return;
  app.add_option("--by", flags->by, "who asks, for the audit record; default: your login name")
      ->check([](const std::string& name) { return config::CheckOneLine(name); });
  app.add_option("--why", flags->reason, "the reason, for the audit record")->required();
}

absl::StatusOr<std::string> AdminOf(const KeepFlags& flags) {
  if (!flags.admin.empty()) return flags.admin;
  LoadedConfig config;
  if (!flags.policy_config.empty()) {
    config = LoadConfigFile(flags.policy_config, config::SystemEnvironment());
    if (!config.ok()) return absl::InvalidArgumentError(config.issues.Text());
  }
  return config.edge.admin_listen;
}

absl::StatusOr<std::string> Ask(const std::string& admin, const KeepFlags& flags, const std::string& method,
                                const std::string& path, const std::string& body) {
  ASSIGN_OR_RETURN(const targets::AdminAnswer answer,
                   targets::AskAdmin(admin, method, path, flags.by, kPatience, body));
  if (answer.status == 200) return answer.body;
  const std::string message = audit_cli::ErrorMessage(answer.body);
  return absl::InternalError(message.empty() ? base::StrCat("the admin port answered ", answer.status)
                                             : message);
}

template <typename Run>
int RunKeep(CLI::App& app, int argc, char** argv, const KeepFlags& flags, Run&& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::StatusOr<std::string> admin = AdminOf(flags);
  absl::Status status = admin.status();
  if (status.ok()) {
    status = run([&](const std::string& method, const std::string& path, const std::string& body) {
      return Ask(*admin, flags, method, path, body);
    });
  }
  if (status.ok()) return 0;
  std::cerr << base::Message(status) << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace

int RunAuditHoldCli(int argc, char** argv) {
  CLI::App app("Places a legal hold: records that it selects, now or later, are not removed.", argv[0]);
  KeepFlags flags;
  AddFlags(app, &flags, true);
  AddFilterFlags(app, &flags.filter);
  return RunKeep(app, argc, argv, flags, [&](const audit_cli::AskKeeper& ask) -> absl::Status {
    ASSIGN_OR_RETURN(const audit::Query query, events::QueryOf(flags.filter, base::SystemClock()));
    return audit_cli::RunHold(ask, query, flags.reason, std::cout);
  });
}

int RunAuditHoldsCli(int argc, char** argv) {
  CLI::App app("Lists the legal holds in force, one JSON object per line.", argv[0]);
  KeepFlags flags;
  AddFlags(app, &flags, false);
  return RunKeep(app, argc, argv, flags,
                 [](const audit_cli::AskKeeper& ask) { return audit_cli::RunHolds(ask, std::cout); });
}

int RunAuditReleaseCli(int argc, char** argv) {
  CLI::App app("Releases a legal hold.", argv[0]);
  KeepFlags flags;
  std::string id;
  AddFlags(app, &flags, true);
  app.add_option("id", id, "the hold's id, as `audit holds` lists it")->required();
  return RunKeep(app, argc, argv, flags, [&](const audit_cli::AskKeeper& ask) {
    return audit_cli::RunRelease(ask, id, flags.reason, std::cout);
  });
}

int RunAuditEraseCli(int argc, char** argv) {
  CLI::App app(
      "Removes the records of a user or principal (with --tenant: in that tenant); by other filters only "
      "when policy.audit-logger.immutable is false. Their hashes stay, and the log still verifies.",
      argv[0]);
  KeepFlags flags;
  bool only_content = false;
  AddFlags(app, &flags, true);
  app.add_flag("--content", only_content, "only what was captured with the records; they themselves stay");
  AddFilterFlags(app, &flags.filter);
  return RunKeep(app, argc, argv, flags, [&](const audit_cli::AskKeeper& ask) -> absl::Status {
    ASSIGN_OR_RETURN(const audit::Query query, events::QueryOf(flags.filter, base::SystemClock()));
    base::SystemSleeper sleeper;
    return audit_cli::RunErase(ask, query, only_content, flags.reason, sleeper, std::cout);
  });
}

}  // namespace portcullis::app
