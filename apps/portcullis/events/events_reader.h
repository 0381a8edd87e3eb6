// The audit log without the audit service: straight from the database, and from the leaves that still
// lie in spools because they were not shipped yet (right after a crash, say). Works beside running processes
// and changes nothing.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/portcullis/events/event.h"
#include "apps/portcullis/events/events_log.h"
#include "libs/base/clock.h"
#include "libs/base/sleeper.h"
#include "services/audit/app/store_place.h"

namespace portcullis::events {

class EventsReader final : public EventsLog {
 public:
  // Reads what lies in the spools under `spool_root` now, then opens the database. Either may be missing;
  // NOT_FOUND, naming both, if both are.
  // `sleeper` is for Follow; both must outlive the reader.
  static absl::StatusOr<std::unique_ptr<EventsReader>> Open(const audit::StorePlace& place,
                                                            const std::filesystem::path& spool_root,
                                                            const base::Clock& clock, base::Sleeper& sleeper);

  // First what is in the database, then what is (also) in spools.
  absl::Status ForEach(const audit::Query& query, Use use) override;
  absl::StatusOr<std::vector<Event>> Newest(const audit::Query& query) override;

  // What is in the database; it looks five times a second. NOT_FOUND: there is none yet.
  absl::Status Follow(const audit::Query& query, Use use) override;

  // Over what is in the database.
  absl::StatusOr<std::vector<EventContent>> ReadContent(const audit::Query& query) override;
  absl::StatusOr<audit::Stats> Aggregate(const audit::StatsQuery& query) override;
  uint64_t pending() const override { return pending_.size(); }

 private:
  using RootKey = std::pair<std::string, uint64_t>;

  explicit EventsReader(base::Sleeper& sleeper) : sleeper_(sleeper) {}

  void ReadSpool(const std::filesystem::path& root, const std::string& id);
  absl::Status ForEachStored(const audit::Query& query, Use use);
  absl::Status ForEachPending(const audit::Query& query, Use use);

  base::Sleeper& sleeper_;
  std::unique_ptr<audit::AuditStore> store_;               // null: there is no database
  std::map<RootKey, std::vector<audit::Record>> pending_;  // leaves in spools, by root
  std::map<RootKey, std::vector<std::string>> contents_;   // what was captured with them
};

}  // namespace portcullis::events
