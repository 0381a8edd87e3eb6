#include "apps/portcullis/events/remote_events.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "services/audit/domain/query.h"

namespace portcullis::events {
namespace {

Event ToEvent(audit::StoredRecord stored) { return {std::move(stored.root), std::move(stored.record)}; }

}  // namespace

RemoteEvents::RemoteEvents(const std::string& server, const rpc::Security& security, const base::Clock& clock)
    : client_(rpc::NewChannels({server}, security.Channel("audit")), {}, clock) {}

absl::StatusOr<std::vector<audit::StoredRecord>> RemoteEvents::Find(const audit::Query& query) {
  absl::StatusOr<std::vector<audit::StoredRecord>> found;
  client_.Find(query, [&](auto records) { found = std::move(records); });
  return found;
}

absl::Status RemoteEvents::ForEach(const audit::Query& query, Use use) {
  audit::Query page = query;
  page.limit = audit::kMaxQueryLimit;
  for (;;) {
    ASSIGN_OR_RETURN(std::vector<audit::StoredRecord> records, Find(page));
    const bool last = records.size() < page.limit;  // each question may leave a record: do not follow those
    if (!records.empty()) page.after = records.back().row;
    for (audit::StoredRecord& record : records) {
      const absl::Status status = use(ToEvent(std::move(record)));
      if (!status.ok()) return absl::IsCancelled(status) ? absl::OkStatus() : status;
    }
    if (last) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<Event>> RemoteEvents::Newest(const audit::Query& query) {
  audit::Query newest = query;
  newest.newest_first = true;
  ASSIGN_OR_RETURN(std::vector<audit::StoredRecord> records, Find(newest));
  std::reverse(records.begin(), records.end());
  std::vector<Event> events;
  for (audit::StoredRecord& record : records) events.push_back(ToEvent(std::move(record)));
  return events;
}

absl::Status RemoteEvents::Follow(const audit::Query& query, Use use) {
  audit::Query newest = query;
  newest.newest_first = true;
  ASSIGN_OR_RETURN(std::vector<audit::StoredRecord> records, Find(newest));
  audit::Query rest = query;
  // Where the others begin: before the first look, if it found nothing.
  rest.after = records.empty() ? 0 : records.front().row;
  rest.limit = audit::kMaxQueryLimit;
  std::reverse(records.begin(), records.end());
  const auto show = [&](const audit::StoredRecord& record) {
    return record.record.kind == audit::LeafKind::kIntent ? absl::OkStatus() : use(ToEvent(record));
  };
  for (const audit::StoredRecord& record : records) {
    const absl::Status status = show(record);
    if (!status.ok()) return absl::IsCancelled(status) ? absl::OkStatus() : status;
  }
  return client_.Follow(rest, show);
}

absl::StatusOr<std::vector<EventContent>> RemoteEvents::ReadContent(const audit::Query& query) {
  absl::StatusOr<std::vector<audit::RecordContents>> records;
  client_.ReadContent(query, [&](auto found) { records = std::move(found); });
  RETURN_IF_ERROR(records.status());
  std::vector<EventContent> events;
  for (audit::RecordContents& record : *records)
    events.push_back({ToEvent(std::move(record.record)), std::move(record.contents)});
  return events;
}

absl::StatusOr<audit::Stats> RemoteEvents::Aggregate(const audit::StatsQuery& query) {
  absl::StatusOr<audit::Stats> stats;
  client_.Aggregate(query, [&](auto found) { stats = std::move(found); });
  return stats;
}

}  // namespace portcullis::events
