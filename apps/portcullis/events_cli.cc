#include "apps/portcullis/events_cli.h"

#include <iostream>

#include "apps/portcullis/events/events_command.h"
#include "apps/portcullis/log_place.h"
#include "libs/base/clock.h"

namespace portcullis::app {
namespace {

events::EventsSource SourceIn(const LogPlace& place) { return {place.database, place.state_dir / "spool"}; }

}  // namespace

int RunEventsTailCli(int argc, char** argv) {
  CLI::App app("Shows the newest audit records, the newest last.", argv[0]);
  LogPlaceFlags flags;
  events::TailOptions options;
  AddLogPlaceFlags(app, &flags);
  app.add_option("--since", options.since, "5m, 1h, 7d or an RFC 3339 time");
  app.add_option("--verdict", options.verdict, "allow | block | redact | escalate | error");
  app.add_option("--limit", options.limit, "how many at the most, 1 to 10000 (default 50)");
  app.add_flag("--json", options.json, "one JSON object per line");
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) {
    return events::RunEventsTail(SourceIn(place), options, base::SystemClock(), std::cout);
  });
}

int RunEventsExportCli(int argc, char** argv) {
  CLI::App app("Writes all audit records.", argv[0]);
  LogPlaceFlags flags;
  events::ExportOptions options;
  AddLogPlaceFlags(app, &flags);
  app.add_option("--since", options.since, "5m, 1h, 7d or an RFC 3339 time");
  app.add_option("--until", options.until, "the same; records before it");
  app.add_option("--format", options.format, "json (one object per line) | csv");
  app.add_option("--output", options.output, "a file, or - for standard output (the default)");
  return RunOnLog(app, argc, argv, flags, [&](const LogPlace& place) {
    return events::RunEventsExport(SourceIn(place), options, base::SystemClock(), std::cout);
  });
}

}  // namespace portcullis::app
