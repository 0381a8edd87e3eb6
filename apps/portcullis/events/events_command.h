// `portcullis events tail` and `portcullis events export`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace portcullis::events {

// Where the audit log is.
struct EventsSource {
  std::filesystem::path database;    // <state folder>/audit.db
  std::filesystem::path spool_root;  // <state folder>/spool
};

// Times as ParseTime (time_text.h) takes them; "" = no bound.
struct TailOptions {
  std::string since;
  std::string verdict;  // allow, block, redact, escalate or error; "" = all
  uint32_t limit = 50;  // 1..10000
  bool json = false;    // one JSON object per line
};

struct ExportOptions {
  std::string since;
  std::string until;
  std::string format = "json";  // json (one object per line) or csv
  std::string output = "-";     // a file, replaced when the export is complete; "-" = `out`
};

// Prints the newest events, the newest last.
absl::Status RunEventsTail(const EventsSource& source, const TailOptions& options, const base::Clock& clock,
                           std::ostream& out);

// Writes all events. Needs memory for what lies in spools, not for what is in the database.
absl::Status RunEventsExport(const EventsSource& source, const ExportOptions& options,
                             const base::Clock& clock, std::ostream& out);

}  // namespace portcullis::events
