#include "apps/portcullis/events_cli.h"

#include <iostream>

#include "apps/portcullis/events/events_command.h"
#include "apps/portcullis/filter_flags.h"
#include "apps/portcullis/log_place.h"
#include "apps/portcullis/output_flags.h"
#include "apps/process/security.h"
#include "libs/base/clock.h"
#include "libs/base/sleeper.h"
#include "libs/base/status_macros.h"
#include "services/audit/app/content_options.h"

namespace portcullis::app {
namespace {

// What all commands over events take.
struct EventsFlags {
  LogPlaceFlags place;
  std::string server;
  TlsSettings tls;  // its files; those of the configuration when none is given
  events::Filter filter;
};

void AddPlaceFlags(CLI::App& app, EventsFlags* flags) {
  AddLogPlaceFlags(app, &flags->place);
  app.add_option("--server", flags->server,
                 "HOST:PORT of an audit service, to be asked over gRPC in place of reading files");
  app.add_option("--tls-certificate", flags->tls.certificate_file,
                 "PEM file: your certificate, for --server");
  app.add_option("--tls-key", flags->tls.key_file, "PEM file: its key");
  app.add_option("--tls-ca", flags->tls.ca_file, "PEM file: the CAs of the audit service's certificate");
}

void AddFlags(CLI::App& app, EventsFlags* flags) {
  AddPlaceFlags(app, flags);
  AddFilterFlags(app, &flags->filter);
}

template <typename Run>
int RunOnEvents(CLI::App& app, int argc, char** argv, const EventsFlags& flags, Run&& run) {
  return RunOnLog(app, argc, argv, flags.place, [&](const LogPlace& place) {
    const base::SystemClock clock;
    base::SystemSleeper sleeper;
    telemetry::NullMetrics metrics;
    telemetry::NullLogger logger;
    TlsSettings tls = flags.tls;
    tls.identities = place.tls.identities;
    const bool given = !(tls.certificate_file.empty() && tls.key_file.empty() && tls.ca_file.empty());
    absl::StatusOr<std::unique_ptr<rpc::Security>> security = SecurityOf(flags.server.empty() ? TlsSettings()
                                                                         : given              ? tls
                                                                                              : place.tls,
                                                                         clock, metrics, logger);
    if (!security.ok()) return security.status();
    const events::EventsSource source{place.store, place.state_dir / "spool", flags.server, security->get(),
                                      place.reader};
    return run(source, events::EventsParts{clock, sleeper}, place);
  });
}

}  // namespace

int RunEventsShowCli(int argc, char** argv) {
  CLI::App app("Shows the audit record of a request.", argv[0]);
  EventsFlags flags;
  events::ShowOptions options;
  AddPlaceFlags(app, &flags);
  app.add_option("request_id", options.request_id, "the answer's header x-request-id")->required();
  app.add_flag(
      "--content", options.content,
      "and what was captured with it; each such read is recorded. Sealed content needs --policy-config "
      "and its master key");
  return RunOnEvents(app, argc, argv, flags,
                     [&](const auto& source, const auto& parts, const LogPlace& place) {
                       options.content_keys = audit::ContentKeysOf(place.content);
                       return events::RunEventsShow(source, options, parts, std::cout);
                     });
}

int RunEventsTailCli(int argc, char** argv) {
  CLI::App app("Shows the newest audit records, the newest last.", argv[0]);
  EventsFlags flags;
  events::TailOptions options;
  AddFlags(app, &flags);
  app.add_option("--limit", options.limit, "how many at the most, 1 to 10000 (default 50)");
  app.add_flag("--json", options.json, "one JSON object per line");
  app.add_flag("--follow,-f", options.follow, "go on with the records of requests that end from now on");
  return RunOnEvents(app, argc, argv, flags, [&](const auto& source, const auto& parts, const LogPlace&) {
    options.filter = flags.filter;
    return events::RunEventsTail(source, options, parts, std::cout);
  });
}

int RunEventsExportCli(int argc, char** argv) {
  CLI::App app("Writes all audit records.", argv[0]);
  EventsFlags flags;
  OutputFlags output;
  events::ExportOptions options;
  AddFlags(app, &flags);
  app.add_option("--format", options.format, "json (one object per line) | csv | cef | ocsf");
  AddOutputFlags(app, &output);
  return RunOnEvents(app, argc, argv, flags, [&](const auto& source, const auto& parts, const LogPlace&) {
    ASSIGN_OR_RETURN(options.output, PlaceOf(output));
    options.filter = flags.filter;
    options.version = PORTCULLIS_VERSION;
    return events::RunEventsExport(source, options, parts, std::cout);
  });
}

int RunEventsStatsCli(int argc, char** argv) {
  CLI::App app("Counts audit records, their tokens, cost and latency.", argv[0]);
  EventsFlags flags;
  events::StatsOptions options;
  AddFlags(app, &flags);
  app.add_option(
         "--by", options.by,
         "up to three of tenant, user, principal, verdict, outcome, policy, reason, target, provider, model, "
         "endpoint, status, hour, day")
      ->delimiter(',');
  app.add_option("--limit", options.limit, "how many groups at the most, 1 to 10000 (default 20)");
  app.add_flag("--json", options.json, "one JSON object");
  return RunOnEvents(app, argc, argv, flags, [&](const auto& source, const auto& parts, const LogPlace&) {
    options.filter = flags.filter;
    return events::RunEventsStats(source, options, parts, std::cout);
  });
}

}  // namespace portcullis::app
