#include "apps/portcullis/events/events_command.h"

#include <fstream>
#include <memory>
#include <system_error>

#include "apps/portcullis/events/event.h"
#include "apps/portcullis/events/events_reader.h"
#include "apps/portcullis/events/remote_events.h"
#include "apps/portcullis/events/stats_text.h"
#include "apps/portcullis/events/time_text.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::events {
namespace {

absl::Status ReadTime(std::string_view text, const base::Clock& clock, std::string_view flag,
                      int64_t* time_us) {
  if (text.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(*time_us, ParseTime(text, clock.Now(), flag));
  return absl::OkStatus();
}

absl::Status WriteError(std::string_view where) {
  return absl::UnavailableError(base::StrCat("the export could not be written to ", where));
}

absl::Status Export(EventsLog& log, const audit::Query& query, bool csv, std::ostream& out,
                    std::string_view where) {
  if (csv) out << CsvHeader();
  RETURN_IF_ERROR(log.ForEach(query, [&](const Event& event) {
    out << (csv ? ToCsvLine(event) : ToJsonLine(event));
    return out ? absl::OkStatus() : WriteError(where);
  }));
  out.flush();
  return out ? absl::OkStatus() : WriteError(where);
}

absl::StatusOr<std::unique_ptr<EventsLog>> Open(const EventsSource& source, const EventsParts& parts) {
  if (!source.server.empty())
    return std::make_unique<RemoteEvents>(source.server, *source.security, parts.clock);
  ASSIGN_OR_RETURN(std::unique_ptr<EventsReader> reader,
                   EventsReader::Open(source.store, source.spool_root, parts.clock, parts.sleeper));
  return reader;
}

}  // namespace

absl::StatusOr<audit::Query> QueryOf(const Filter& filter, const base::Clock& clock) {
  audit::Query query = filter.query;
  RETURN_IF_ERROR(ReadTime(filter.since, clock, "--since", &query.since_us));
  RETURN_IF_ERROR(ReadTime(filter.until, clock, "--until", &query.until_us));
  return query;
}

absl::Status RunEventsTail(const EventsSource& source, const TailOptions& options, const EventsParts& parts,
                           std::ostream& out) {
  ASSIGN_OR_RETURN(audit::Query query, QueryOf(options.filter, parts.clock));
  query.limit = options.limit;
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts));
  const auto show = [&](const Event& event) {
    out << (options.json ? ToJsonLine(event) : ToTableLine(event));
  };
  if (options.follow) {
    if (!options.json) out << TableHeader();
    return log->Follow(query, [&](const Event& event) {
      show(event);
      out.flush();
      return out ? absl::OkStatus() : absl::CancelledError("nobody reads on");
    });
  }
  ASSIGN_OR_RETURN(const std::vector<Event> events, log->Newest(query));
  if (!options.json) out << TableHeader();
  for (const Event& event : events) show(event);
  out.flush();
  return absl::OkStatus();
}

absl::Status RunEventsExport(const EventsSource& source, const ExportOptions& options,
                             const EventsParts& parts, std::ostream& out) {
  ASSIGN_OR_RETURN(const audit::Query query, QueryOf(options.filter, parts.clock));
  const bool csv = options.format == "csv";
  if (!csv && options.format != "json") {
    return absl::InvalidArgumentError(
        base::StrCat("--format: '", options.format, "' is unknown; use json or csv"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts));
  if (options.output == "-") return Export(*log, query, csv, out, "the standard output");
  const std::string part = options.output + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) return WriteError(part);
  RETURN_IF_ERROR(Export(*log, query, csv, file, part));
  file.close();
  std::error_code error;
  std::filesystem::rename(part, options.output, error);
  return error ? WriteError(options.output) : absl::OkStatus();
}

absl::Status RunEventsStats(const EventsSource& source, const StatsOptions& options, const EventsParts& parts,
                            std::ostream& out) {
  audit::StatsQuery query;
  ASSIGN_OR_RETURN(query.query, QueryOf(options.filter, parts.clock));
  query.by = options.by;
  query.limit = options.limit;
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts));
  ASSIGN_OR_RETURN(const audit::Stats stats, log->Aggregate(query));
  out << (options.json ? StatsJson(stats, options.by, log->pending())
                       : StatsTable(stats, options.by, log->pending()));
  out.flush();
  return absl::OkStatus();
}

}  // namespace portcullis::events
