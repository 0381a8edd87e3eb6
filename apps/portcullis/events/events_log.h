// Where the commands read events: files, or an audit service.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/portcullis/events/event.h"
#include "services/audit/api/query.h"

namespace portcullis::events {

struct EventContent {
  Event event;
  std::vector<std::string> contents;  // packed ContentEnvelopes
};

class EventsLog {
 public:
  virtual ~EventsLog() = default;

  // CANCELLED from it means enough, and is not told as an error.
  using Use = absl::FunctionRef<absl::Status(const Event&)>;

  // Calls `use` for every event that a valid query selects (its limit and paging do not count). Ends with the
  // first status that is not OK.
  virtual absl::Status ForEach(const audit::Query& query, Use use) = 0;

  // The newest `query.limit` events that the query selects, the newest last.
  virtual absl::StatusOr<std::vector<Event>> Newest(const audit::Query& query) = 0;

  // The newest `query.limit` events whose requests have ended, and from then on each whose request ends or
  // whose record is amended. Goes on until `use` answers something else than OK, or the service goes away.
  virtual absl::Status Follow(const audit::Query& query, Use use) = 0;

  // The events of a request, the newest first, each with what was captured (AuditApi::ReadContent).
  virtual absl::StatusOr<std::vector<EventContent>> ReadContent(const audit::Query& query) = 0;

  virtual absl::StatusOr<audit::Stats> Aggregate(const audit::StatsQuery& query) = 0;

  // Records that Aggregate does not see yet: they lie in spools.
  virtual uint64_t pending() const = 0;
};

}  // namespace portcullis::events
