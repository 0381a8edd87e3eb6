// The audit log without the audit service: straight from the database file, and from the leaves that still
// lie in spools because they were not shipped yet (right after a crash, say). Works beside running processes
// and changes nothing.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apps/portcullis/events/event.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"

namespace portcullis::events {

class EventsReader {
 public:
  // Reads what lies in the spools under `spool_root` now, then opens the database. Either may be missing;
  // NOT_FOUND, naming both, if both are.
  static absl::StatusOr<EventsReader> Open(const std::filesystem::path& database,
                                           const std::filesystem::path& spool_root);

  // Calls `use` for every event that a valid query selects (its limit and paging do not count): first what is
  // in the database, then what is (also) in spools. Ends with the first status that is not OK.
  absl::Status ForEach(const audit::Query& query, absl::FunctionRef<absl::Status(const Event&)> use);

  // The newest `query.limit` events that the query selects, the newest last.
  absl::StatusOr<std::vector<Event>> Newest(const audit::Query& query);

 private:
  using RootKey = std::pair<std::string, uint64_t>;

  void ReadSpool(const std::filesystem::path& root, const std::string& id);
  absl::Status ForEachStored(const audit::Query& query, absl::FunctionRef<absl::Status(const Event&)> use);
  absl::Status ForEachPending(const audit::Query& query, absl::FunctionRef<absl::Status(const Event&)> use);

  std::unique_ptr<audit::sqlite::SqliteStore> store_;      // null: there is no database
  std::map<RootKey, std::vector<audit::Record>> pending_;  // leaves in spools, by root
};

}  // namespace portcullis::events
