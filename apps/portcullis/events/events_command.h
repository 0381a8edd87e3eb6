// `portcullis events show | tail | export | stats`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/portcullis/output/output.h"
#include "libs/base/clock.h"
#include "libs/base/sleeper.h"
#include "libs/rpc/security.h"
#include "services/audit/api/query.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/app/store_place.h"
#include "services/audit/client/content_keys.h"

namespace portcullis::events {

// Where the audit log is.
struct EventsSource {
  audit::StorePlace store;                  // of <state folder>/audit.db, or in PostgreSQL
  std::filesystem::path spool_root;         // <state folder>/spool
  std::string server;                       // "HOST:PORT" of an audit service, in place of the two; "" = none
  const rpc::Security* security = nullptr;  // for `server`; outlives the call
  audit::LocalReader reader;                // a service sees to the records of reads itself
};

// What the commands work with; must outlive the call.
struct EventsParts {
  const base::Clock& clock;
  base::Sleeper& sleeper;
};

// Which events. Times as ParseTime (time_text.h) takes them; "" = no bound.
struct Filter {
  std::string since;
  std::string until;
  audit::Query query;  // times, limit and paging are set by the command
};

// INVALID_ARGUMENT: a time that is none.
absl::StatusOr<audit::Query> QueryOf(const Filter& filter, const base::Clock& clock);

struct TailOptions {
  Filter filter;
  uint32_t limit = 50;  // 1..10000
  bool json = false;    // one JSON object per line
  bool follow = false;  // go on with what comes; without what lies in spools
};

struct ExportOptions {
  Filter filter;
  std::string format = "json";  // json, cef, ocsf (one line each), or csv
  std::string version;          // the product's, for cef and ocsf
  output::Place output;
};

struct StatsOptions {
  Filter filter;
  std::vector<std::string> by;  // as StatsQuery::by
  uint32_t limit = 20;          // groups, 1..10000
  bool json = false;            // one JSON object
};

struct ShowOptions {
  std::string request_id;
  bool content = false;             // and what was captured with it
  audit::ContentKeys content_keys;  // to open that with
};

// Prints the events of a request, the newest first. With content: each text that the record has a commitment
// to, once it is checked against that, or that it was removed. Such a read is always recorded. NOT_FOUND:
// there is no such request. DATA_LOSS: a text is not the one that was captured.
absl::Status RunEventsShow(const EventsSource& source, const ShowOptions& options, const EventsParts& parts,
                           std::ostream& out);

// Prints the newest events, the newest last.
absl::Status RunEventsTail(const EventsSource& source, const TailOptions& options, const EventsParts& parts,
                           std::ostream& out);

// Writes all events. Needs memory for what lies in spools, not for what is in the database.
absl::Status RunEventsExport(const EventsSource& source, const ExportOptions& options,
                             const EventsParts& parts, std::ostream& out);

// Prints counts, tokens, cost and percentiles of latency.
absl::Status RunEventsStats(const EventsSource& source, const StatsOptions& options, const EventsParts& parts,
                            std::ostream& out);

}  // namespace portcullis::events
