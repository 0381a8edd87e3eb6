#include "apps/portcullis/events/events_command.h"

#include <fstream>
#include <system_error>

#include "apps/portcullis/events/event.h"
#include "apps/portcullis/events/events_reader.h"
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

absl::Status Export(EventsReader& reader, const audit::Query& query, bool csv, std::ostream& out,
                    std::string_view where) {
  if (csv) out << CsvHeader();
  RETURN_IF_ERROR(reader.ForEach(query, [&](const Event& event) {
    out << (csv ? ToCsvLine(event) : ToJsonLine(event));
    return out ? absl::OkStatus() : WriteError(where);
  }));
  out.flush();
  return out ? absl::OkStatus() : WriteError(where);
}

}  // namespace

absl::Status RunEventsTail(const EventsSource& source, const TailOptions& options, const base::Clock& clock,
                           std::ostream& out) {
  audit::Query query;
  RETURN_IF_ERROR(ReadTime(options.since, clock, "--since", &query.since_us));
  query.verdict = options.verdict;
  query.limit = options.limit;
  ASSIGN_OR_RETURN(EventsReader reader, EventsReader::Open(source.database, source.spool_root));
  ASSIGN_OR_RETURN(const std::vector<Event> events, reader.Newest(query));
  if (!options.json) out << TableHeader();
  for (const Event& event : events) out << (options.json ? ToJsonLine(event) : ToTableLine(event));
  out.flush();
  return absl::OkStatus();
}

absl::Status RunEventsExport(const EventsSource& source, const ExportOptions& options,
                             const base::Clock& clock, std::ostream& out) {
  audit::Query query;
  RETURN_IF_ERROR(ReadTime(options.since, clock, "--since", &query.since_us));
  RETURN_IF_ERROR(ReadTime(options.until, clock, "--until", &query.until_us));
  const bool csv = options.format == "csv";
  if (!csv && options.format != "json") {
    return absl::InvalidArgumentError(
        base::StrCat("--format: '", options.format, "' is unknown; use json or csv"));
  }
  ASSIGN_OR_RETURN(EventsReader reader, EventsReader::Open(source.database, source.spool_root));
  if (options.output == "-") return Export(reader, query, csv, out, "the standard output");
  const std::string part = options.output + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) return WriteError(part);
  RETURN_IF_ERROR(Export(reader, query, csv, file, part));
  file.close();
  std::error_code error;
  std::filesystem::rename(part, options.output, error);
  return error ? WriteError(options.output) : absl::OkStatus();
}

}  // namespace portcullis::events
