// What operators do to the audit log: legal holds, and the removal of records by query. Each is a record of
// the log itself: an intent before, an outcome after.
//
// A removal that names nothing but people (user, principal, and perhaps a tenant) is an erasure, as data
// protection law knows it, and is always possible; any other is refused while the log is immutable. What
// operators did is not removed. Whose records went does not stand in the log: `target` is "sha256:" and the
// SHA-256, in hex, of the record's request id, a newline and QueryJson of the query (or the id of a hold that
// is released), so that whoever knows the name can check it. Who did it is the record's principal,
// "operator:" and the name.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/rng.h"
#include "libs/telemetry/api/logger.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/app/own_leaves.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

struct Operator {
  std::string name;     // as they say
  std::string address;  // without port
};

// The last removal, or the one that is under way.
struct RemovalState {
  std::string request_id;  // of its record
  bool running = false;
  uint64_t removed = 0;
  uint64_t held = 0;      // that a hold keeps
  uint64_t contents = 0;  // captured contents that went, by leaf
  uint64_t keys = 0;      // keys of subjects that went with them
  absl::Status status;
};

// Thread-safe; calls block while the store works. Everything passed must outlive it.
class LogKeeper {
 public:
  LogKeeper(bool immutable, Store& store, AuditApi& log, const base::Clock& clock,
            telemetry::Metrics& metrics, telemetry::Logger& logger);
  ~LogKeeper();  // a removal that is under way ends after its present step
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // INVALID_ARGUMENT: the reason or the query cannot be. RESOURCE_EXHAUSTED: too many holds.
  absl::StatusOr<Hold> PlaceHold(const Query& query, const std::string& reason, const Operator& by);

  // NOT_FOUND.
  absl::Status ReleaseHold(const std::string& id, const std::string& reason, const Operator& by);

  absl::StatusOr<std::vector<Hold>> Holds();

  // Begins to remove the records that the query selects, or (`only_content`) what was captured with them, on
  // a thread of its own, once the intent is stored; the request id of its record. PERMISSION_DENIED: the log
  // is immutable, and this is no erasure. UNAVAILABLE: another one is under way.
  absl::StatusOr<std::string> Remove(const Query& query, const std::string& reason, const Operator& by,
                                     bool only_content = false);

  // nullopt: there was none since the start.
  std::optional<RemovalState> LastRemoval();

 private:
  struct Action {
    Record record;
    std::optional<LeafId> intent;
  };

  absl::StatusOr<Action> Begin(const char* what, const std::string& reason, const Operator& by,
                               const std::string& selected);
  void End(Action action, const absl::Status& status, const std::string& what);
  void RunRemoval(Removal removal, Action action, const std::stop_token& stop);
  absl::Status RemoveAll(Removal removal, const std::stop_token& stop);

  const bool immutable_;
  Store& store_;
  const base::Clock& clock_;
  telemetry::Logger& logger_;
  telemetry::Counter& erased_;
  telemetry::Counter& contents_;
  telemetry::Gauge& holds_;

  std::mutex mutex_;  // one action at a time
  base::SystemRng rng_;
  OwnLeaves leaves_;

  std::mutex state_mutex_;
  std::optional<RemovalState> last_;
  std::jthread thread_;
};

}  // namespace portcullis::audit
