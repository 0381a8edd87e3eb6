#include "apps/portcullis/events/events_command.h"

#include <functional>
#include <memory>
#include <utility>

#include "apps/portcullis/events/event.h"
#include "apps/portcullis/events/event_content.h"
#include "apps/portcullis/events/events_reader.h"
#include "apps/portcullis/events/remote_events.h"
#include "apps/portcullis/events/siem_lines.h"
#include "apps/portcullis/events/stats_text.h"
#include "apps/portcullis/events/time_text.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/read_record.h"

namespace portcullis::events {
namespace {

absl::Status ReadTime(std::string_view text, const base::Clock& clock, std::string_view flag,
                      int64_t* time_us) {
  if (text.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(*time_us, ParseTime(text, clock.Now(), flag));
  return absl::OkStatus();
}

// How an export tells of an event.
struct Format {
  const char* content_type;
  std::string header;
  std::function<std::string(const Event&)> line;
};

absl::StatusOr<Format> FormatOf(const ExportOptions& options) {
  const std::string& version = options.version;
  if (options.format == "json") return Format{"application/x-ndjson", "", ToJsonLine};
  if (options.format == "csv") return Format{"text/csv", CsvHeader(), ToCsvLine};
  if (options.format == "cef")
    return Format{"text/plain", "", [version](const Event& e) { return ToCefLine(e, version); }};
  if (options.format == "ocsf")
    return Format{"application/x-ndjson", "", [version](const Event& e) { return ToOcsfLine(e, version); }};
  return absl::InvalidArgumentError(
      base::StrCat("--format: '", options.format, "' is unknown; use json, csv, cef or ocsf"));
}

// Opens the log to answer this query. The record of a read of files is written when they are open, so that it
// is not among what is shown.
absl::StatusOr<std::unique_ptr<EventsLog>> Open(const EventsSource& source, const EventsParts& parts,
                                                std::string_view kind, audit::Query& query) {
  query.asker.principal = source.reader.name;
  if (!source.server.empty())
    return std::make_unique<RemoteEvents>(source.server, *source.security, parts.clock);
  ASSIGN_OR_RETURN(std::unique_ptr<EventsReader> reader,
                   EventsReader::Open(source.store, source.spool_root, parts.clock, parts.sleeper));
  RETURN_IF_ERROR(audit::NoteLocalRead(source.reader, kind, query, parts.clock));
  return reader;
}

}  // namespace

absl::StatusOr<audit::Query> QueryOf(const Filter& filter, const base::Clock& clock) {
  audit::Query query = filter.query;
  RETURN_IF_ERROR(ReadTime(filter.since, clock, "--since", &query.since_us));
  RETURN_IF_ERROR(ReadTime(filter.until, clock, "--until", &query.until_us));
  return query;
}

absl::Status RunEventsShow(const EventsSource& source, const ShowOptions& options, const EventsParts& parts,
                           std::ostream& out) {
  audit::Query query;
  query.request_id = options.request_id;
  query.limit = audit::kMaxContentRecords;
  query.newest_first = true;
  RETURN_IF_ERROR(audit::ValidateContentQuery(query));
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log,
                   Open(source, parts, options.content ? audit::kContentRead : "records", query));
  std::vector<EventContent> found;
  if (options.content) {
    ASSIGN_OR_RETURN(found, log->ReadContent(query));
  } else {
    ASSIGN_OR_RETURN(std::vector<Event> events, log->Newest(query));
    for (auto event = events.rbegin(); event != events.rend(); ++event)
      found.push_back({std::move(*event), {}});
  }
  if (found.empty())
    return absl::NotFoundError(base::StrCat("there is no record of request ", options.request_id));
  for (const EventContent& one : found) {
    out << ToJsonLine(one.event);
    if (options.content) RETURN_IF_ERROR(ShowContent(one, options.content_keys, out));
  }
  out.flush();
  return absl::OkStatus();
}

absl::Status RunEventsTail(const EventsSource& source, const TailOptions& options, const EventsParts& parts,
                           std::ostream& out) {
  ASSIGN_OR_RETURN(audit::Query query, QueryOf(options.filter, parts.clock));
  query.limit = options.limit;
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts, "records", query));
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
  ASSIGN_OR_RETURN(audit::Query query, QueryOf(options.filter, parts.clock));
  ASSIGN_OR_RETURN(const Format format, FormatOf(options));
  ASSIGN_OR_RETURN(const std::unique_ptr<output::Output> output,
                   output::Open(options.output, format.content_type, {parts.clock, parts.sleeper, out}));
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts, "records", query));
  RETURN_IF_ERROR(output->Write(format.header));
  RETURN_IF_ERROR(log->ForEach(query, [&](const Event& event) { return output->Write(format.line(event)); }));
  return output->Finish();
}

absl::Status RunEventsStats(const EventsSource& source, const StatsOptions& options, const EventsParts& parts,
                            std::ostream& out) {
  audit::StatsQuery query;
  ASSIGN_OR_RETURN(query.query, QueryOf(options.filter, parts.clock));
  query.by = options.by;
  query.limit = options.limit;
  ASSIGN_OR_RETURN(const std::unique_ptr<EventsLog> log, Open(source, parts, "stats", query.query));
  ASSIGN_OR_RETURN(const audit::Stats stats, log->Aggregate(query));
  out << (options.json ? StatsJson(stats, options.by, log->pending())
                       : StatsTable(stats, options.by, log->pending()));
  out.flush();
  return absl::OkStatus();
}

}  // namespace portcullis::events
