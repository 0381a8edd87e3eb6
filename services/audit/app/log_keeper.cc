#include "services/audit/app/log_keeper.h"

#include <utility>

#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"
#include "services/audit/client/audit_metrics.h"
#include "services/audit/domain/query.h"
#include "services/audit/domain/query_json.h"
#include "services/audit/domain/read_record.h"

namespace portcullis::audit {
namespace {

constexpr size_t kIdBytes = 8;
constexpr uint32_t kBatch = 500;  // records per transaction: a few milliseconds

// Names people and perhaps their tenant, nothing else.
bool IsErasure(const Query& query) {
  Query people;
  people.user = query.user;
  people.principal = query.principal;
  people.tenant = query.tenant;
  return (!query.user.empty() || !query.principal.empty()) && QueryJson(people) == QueryJson(query);
}

}  // namespace

LogKeeper::LogKeeper(bool immutable, Store& store, AuditApi& log, const base::Clock& clock,
                     telemetry::Metrics& metrics, telemetry::Logger& logger)
    : immutable_(immutable),
      store_(store),
      clock_(clock),
      logger_(logger),
      erased_(metrics.AddCounter(kErasedTotal)),
      contents_(metrics.AddCounter(kContentsRemovedTotal)),
      holds_(metrics.AddGauge(kHolds)),
      leaves_(log) {
  (void)Holds();  // for the metric; what cannot be read now is told to who asks
}

LogKeeper::~LogKeeper() = default;

absl::StatusOr<Hold> LogKeeper::PlaceHold(const Query& query, const std::string& reason, const Operator& by) {
  RETURN_IF_ERROR(Validate(query));
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(Action action, Begin("place_hold", reason, by, QueryJson(query)));
  Hold hold{crypto::RandomHex(kIdBytes), action.record.time_us, by.name, reason, query};
  const absl::Status status = store_.AddHold(hold);
  End(std::move(action), status, base::StrCat("hold ", hold.id));
  (void)Holds();
  RETURN_IF_ERROR(status);
  return hold;
}

absl::Status LogKeeper::ReleaseHold(const std::string& id, const std::string& reason, const Operator& by) {
  RETURN_IF_ERROR(CheckReason("the hold's id", id));
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(Action action, Begin("release_hold", reason, by, id));
  const absl::StatusOr<bool> released = store_.ReleaseHold(id);
  absl::Status status = released.status();
  if (released.ok() && !*released) status = absl::NotFoundError(base::StrCat("there is no hold ", id));
  End(std::move(action), status, base::StrCat("hold ", id));
  (void)Holds();
  return status;
}

absl::StatusOr<std::vector<Hold>> LogKeeper::Holds() {
  absl::StatusOr<std::vector<Hold>> holds = store_.Holds();
  if (holds.ok()) holds_.Set(static_cast<double>(holds->size()));
  return holds;
}

absl::StatusOr<std::string> LogKeeper::Remove(const Query& query, const std::string& reason,
                                              const Operator& by, bool only_content) {
  RETURN_IF_ERROR(Validate(query));
  if (immutable_ && !IsErasure(query)) {
    return absl::PermissionDeniedError(
        "policy.audit-logger.immutable is true: records go by their retention, or all those of a user or "
        "principal; nothing else is removed");
  }
  if (QueryJson(query) == "{}") return absl::InvalidArgumentError("say which records: the query selects all");
  std::lock_guard lock(mutex_);
  {
    std::lock_guard state_lock(state_mutex_);
    if (last_ && last_->running)
      return absl::UnavailableError("another removal is under way; try again later");
  }
  if (thread_.joinable()) thread_.join();
  const std::string what =
      base::StrCat(IsErasure(query) ? "erase" : "remove", only_content ? "_content" : "");
  ASSIGN_OR_RETURN(Action action, Begin(what.c_str(), reason, by, QueryJson(query)));
  std::string request_id = action.record.request_id;
  {
    std::lock_guard state_lock(state_mutex_);
    last_ = RemovalState{request_id, true, 0, 0, 0, 0, absl::OkStatus()};
  }
  Removal removal;
  removal.query = query;
  removal.only_content = only_content;
  thread_ = std::jthread([this, removal, action = std::move(action)](const std::stop_token& stop) {
    RunRemoval(removal, action, stop);
  });
  return request_id;
}

std::optional<RemovalState> LogKeeper::LastRemoval() {
  std::lock_guard lock(state_mutex_);
  return last_;
}

void LogKeeper::RunRemoval(Removal removal, Action action, const std::stop_token& stop) {
  const absl::Status status = RemoveAll(std::move(removal), stop);
  RemovalState state = *LastRemoval();
  {
    std::lock_guard lock(mutex_);
    std::string what = base::StrCat("removed ", state.removed, ", held ", state.held);
    if (state.contents > 0) what += base::StrCat(", contents ", state.contents, ", keys ", state.keys);
    End(std::move(action), status, what);
  }
  std::lock_guard lock(state_mutex_);
  last_->running = false;
  last_->status = status;
}

absl::Status LogKeeper::RemoveAll(Removal removal, const std::stop_token& stop) {
  removal.query.limit = kBatch;
  removal.query.after = 0;
  removal.query.newest_first = false;
  // What operators did stays: nobody removes their own traces.
  removal.keep_reason = kOperatorReason;
  for (;;) {
    if (stop.stop_requested()) return absl::CancelledError("the audit service ended; remove the rest again");
    ASSIGN_OR_RETURN(const Removed removed, store_.Remove(removal));
    if (!removal.only_content) erased_.Add(static_cast<double>(removed.records));
    contents_.Add(static_cast<double>(removed.contents));
    {
      std::lock_guard lock(state_mutex_);
      last_->removed += removed.records;
      last_->held += removed.held;
      last_->contents += removed.contents;
      last_->keys += removed.keys;
    }
    if (removed.after == 0) return absl::OkStatus();
    removal.query.after = removed.after;
  }
}

absl::StatusOr<LogKeeper::Action> LogKeeper::Begin(const char* what, const std::string& reason,
                                                   const Operator& by, const std::string& selected) {
  RETURN_IF_ERROR(CheckReason("reason", reason));
  RETURN_IF_ERROR(CheckReason("the operator's name", by.name));
  Action action;
  Record& record = action.record;
  record.kind = LeafKind::kIntent;
  record.time_us = record.started_us = clock_.Now().time_since_epoch().count();
  record.request_id = base::NewRequestId(record.time_us / 1000, rng_);
  record.principal = base::StrCat(kOperatorPrincipal, by.name);
  record.client_address = by.address;
  record.endpoint = kLogEndpoint;
  record.target = SelectionDigest(record.request_id, selected);
  record.method = "POST";
  record.reason_code = base::StrCat(kOperatorReason, what);
  record.findings = {{std::string(kLogPolicy), what, "allow", "", reason, "", 0, 0, 0}};
  ASSIGN_OR_RETURN(action.intent, leaves_.Append(record));
  return action;
}

// The intent tells of what was done should the outcome not be stored.
void LogKeeper::End(Action action, const absl::Status& status, const std::string& what) {
  Record& record = action.record;
  record.kind = LeafKind::kOutcome;
  record.intent = std::move(action.intent);
  record.time_us = clock_.Now().time_since_epoch().count();
  record.verdict = status.ok() ? "allow" : "error";
  record.outcome = status.ok() ? "ok" : "rejected";
  PolicyFinding done = record.findings[0];
  done.reason = what;
  record.findings.push_back(std::move(done));
  const absl::Status stored = leaves_.Append(record).status();
  logger_.Info("an operator changed what the audit log keeps",
               {{"request_id", record.request_id},
                {"action", record.reason_code},
                {"by", record.principal},
                {"what", what},
                {"result", status.ok() ? "ok" : base::Message(status)},
                {"recorded", stored.ok() ? "yes" : base::Message(stored)}});
}

}  // namespace portcullis::audit
