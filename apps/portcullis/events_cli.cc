#include "apps/portcullis/events_cli.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <string>

#include "apps/config/load_config.h"
#include "apps/portcullis/events/events_command.h"
#include "apps/process/state_dir.h"
#include "libs/base/clock.h"
#include "libs/base/strings.h"
#include "libs/config/environment.h"

namespace portcullis::app {
namespace {

struct Place {
  std::string policy_config;
  std::string state_dir;
};

void AddPlaceFlags(CLI::App& app, Place* place) {
  app.add_option("--policy-config", place->policy_config, "the gateway's configuration, for its state folder");
  app.add_option("--state-dir", place->state_dir, "the gateway's state folder");
}

// Where the log is: what the configuration says, else where the gateway would put it.
absl::StatusOr<events::EventsSource> FindSource(const Place& place) {
  const config::SystemEnvironment environment;
  std::string state_dir = place.state_dir;
  std::string database;
  if (!place.policy_config.empty()) {
    const LoadedConfig config = LoadConfigFile(place.policy_config, environment);
    if (!config.ok()) return absl::InvalidArgumentError(config.issues.Text());
    if (state_dir.empty()) state_dir = config.edge.state_dir;
    database = config.audit.database;
  }
  const std::filesystem::path dir = ResolveStateDir(state_dir, environment);
  return events::EventsSource{database.empty() ? dir / "audit.db" : std::filesystem::path(database), dir / "spool"};
}

int Run(CLI::App& app, int argc, char** argv, const Place& place,
        const std::function<absl::Status(const events::EventsSource&)>& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::StatusOr<events::EventsSource> source = FindSource(place);
  const absl::Status status = source.ok() ? run(*source) : source.status();
  if (status.ok()) return 0;
  std::cerr << base::Message(status) << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument ? 2 : 1;
}

}  // namespace

int RunEventsTailCli(int argc, char** argv) {
  CLI::App app("Shows the newest audit records, the newest last.", argv[0]);
  Place place;
  events::TailOptions options;
  AddPlaceFlags(app, &place);
  app.add_option("--since", options.since, "5m, 1h, 7d or an RFC 3339 time");
  app.add_option("--verdict", options.verdict, "allow | block | redact | escalate | error");
  app.add_option("--limit", options.limit, "how many at the most, 1 to 10000 (default 50)");
  app.add_flag("--json", options.json, "one JSON object per line");
  return Run(app, argc, argv, place, [&](const events::EventsSource& source) {
    return events::RunEventsTail(source, options, base::SystemClock(), std::cout);
  });
}

int RunEventsExportCli(int argc, char** argv) {
  CLI::App app("Writes all audit records.", argv[0]);
  Place place;
  events::ExportOptions options;
  AddPlaceFlags(app, &place);
  app.add_option("--since", options.since, "5m, 1h, 7d or an RFC 3339 time");
  app.add_option("--until", options.until, "the same; records before it");
  app.add_option("--format", options.format, "json (one object per line) | csv");
  app.add_option("--output", options.output, "a file, or - for standard output (the default)");
  return Run(app, argc, argv, place, [&](const events::EventsSource& source) {
    return events::RunEventsExport(source, options, base::SystemClock(), std::cout);
  });
}

}  // namespace portcullis::app
