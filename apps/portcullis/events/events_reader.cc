#include "apps/portcullis/events/events_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "libs/spool/reader.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/spool_entry.h"
#include "services/audit/client/stored_record.h"
#include "services/audit/domain/merge.h"
#include "services/audit/domain/query.h"

namespace portcullis::events {
namespace {

constexpr base::Duration kPoll = std::chrono::milliseconds(200);
constexpr uint32_t kPage = 1000;

}  // namespace

// Spools first: a leaf that is shipped in between is then found twice, which merging makes one; the other way
// round it would not be found at all.
absl::StatusOr<std::unique_ptr<EventsReader>> EventsReader::Open(const audit::StorePlace& place,
                                                                 const std::filesystem::path& spool_root,
                                                                 const base::Clock& clock,
                                                                 base::Sleeper& sleeper) {
  std::unique_ptr<EventsReader> reader(new EventsReader(sleeper));
  for (const std::string& id : spool::ListSpools(spool_root)) reader->ReadSpool(spool_root, id);
  auto store = audit::OpenStoreReadOnly(place, clock);
  if (store.ok()) {
    reader->store_ = *std::move(store);
  } else if (!absl::IsNotFound(store.status())) {
    return store.status();
  }
  std::error_code error;
  if (!reader->store_ && !std::filesystem::is_directory(spool_root, error)) {
    return absl::NotFoundError(base::StrCat("there is no audit log: neither ", place.Name(), " nor ",
                                            spool_root.native(),
                                            " exists; is this the state folder of the gateway?"));
  }
  return reader;
}

void EventsReader::ReadSpool(const std::filesystem::path& root, const std::string& id) {
  const std::filesystem::path directory = root / id;
  spool::Reader reader = spool::Reader::After(id, directory, spool::ReadAcknowledged(directory));
  for (;;) {
    const absl::StatusOr<std::optional<spool::Leaf>> leaf = reader.Next();
    if (!leaf.ok() || !*leaf) return;
    const audit::SpoolEntry entry = audit::ParseEntry((*leaf)->bytes);
    absl::StatusOr<audit::Record> record = audit::Decode(entry.bytes);
    if (!record.ok()) continue;
    const audit::LeafId own = {id, (*leaf)->sequence};
    const audit::LeafId& leaf_root = audit::RootOf(own, *record);
    const RootKey key = {leaf_root.spool, leaf_root.sequence};
    if (!entry.content.empty()) contents_[key].emplace_back(entry.content);
    pending_[key].push_back(*std::move(record));
  }
}

absl::Status EventsReader::ForEach(const audit::Query& query, Use use) {
  RETURN_IF_ERROR(audit::Validate(query));
  absl::Status status = ForEachStored(query, use);
  if (status.ok()) status = ForEachPending(query, use);
  return absl::IsCancelled(status) ? absl::OkStatus() : status;
}

absl::StatusOr<std::vector<EventContent>> EventsReader::ReadContent(const audit::Query& query) {
  RETURN_IF_ERROR(audit::ValidateContentQuery(query));
  ASSIGN_OR_RETURN(std::vector<Event> events, Newest(query));
  std::reverse(events.begin(), events.end());
  std::vector<EventContent> found;
  for (Event& event : events) {
    EventContent& added = found.emplace_back();
    if (const auto waiting = contents_.find({event.root.spool, event.root.sequence});
        waiting != contents_.end())
      added.contents = waiting->second;
    if (store_) {
      ASSIGN_OR_RETURN(const std::vector<std::string> stored, store_->Contents(event.root));
      added.contents.insert(added.contents.end(), stored.begin(), stored.end());
    }
    added.event = std::move(event);
  }
  return found;
}

absl::StatusOr<audit::Stats> EventsReader::Aggregate(const audit::StatsQuery& query) {
  RETURN_IF_ERROR(audit::Validate(query));
  return store_ ? store_->Aggregate(query) : audit::Stats{};
}

absl::Status EventsReader::Follow(const audit::Query& query, Use use) {
  RETURN_IF_ERROR(audit::Validate(query));
  if (!store_) return absl::NotFoundError("there is no audit database yet: start the gateway first");
  absl::Status status;
  const auto show = [&](const audit::StoredLeaves& stored) -> absl::Status {
    ASSIGN_OR_RETURN(audit::Record record, audit::MergeStored(stored));
    return record.kind == audit::LeafKind::kIntent ? absl::OkStatus() : use({stored.root, std::move(record)});
  };
  audit::Query newest = query;
  newest.newest_first = true;
  ASSIGN_OR_RETURN(std::vector<audit::StoredLeaves> page, store_->Find(newest));
  audit::Query rest = query;
  rest.limit = kPage;
  if (!page.empty()) rest.after = page.front().row;
  std::reverse(page.begin(), page.end());
  for (;;) {
    for (const audit::StoredLeaves& stored : page) {
      status = show(stored);
      if (!status.ok()) return absl::IsCancelled(status) ? absl::OkStatus() : status;
      rest.after = std::max(rest.after, stored.row);
    }
    if (page.empty()) sleeper_.Sleep(kPoll);
    ASSIGN_OR_RETURN(page, store_->Find(rest));
  }
}

absl::StatusOr<std::vector<Event>> EventsReader::Newest(const audit::Query& query) {
  RETURN_IF_ERROR(audit::Validate(query));
  std::vector<Event> events;
  RETURN_IF_ERROR(ForEachPending(query, [&](const Event& event) {
    events.push_back(event);
    return absl::OkStatus();
  }));
  audit::Query newest = query;
  newest.newest_first = true;
  size_t stored = 0;
  RETURN_IF_ERROR(ForEachStored(newest, [&](const Event& event) {
    events.push_back(event);
    return ++stored < query.limit ? absl::OkStatus() : absl::CancelledError();
  }));
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return audit::EventTime(a.record) < audit::EventTime(b.record);
  });
  if (events.size() > query.limit) events.erase(events.begin(), events.end() - query.limit);
  return events;
}

absl::Status EventsReader::ForEachStored(const audit::Query& query, Use use) {
  if (!store_) return absl::OkStatus();
  return store_->ForEach(query, [&](audit::StoredLeaves stored) -> absl::Status {
    if (pending_.contains({stored.root.spool, stored.root.sequence})) return absl::OkStatus();
    ASSIGN_OR_RETURN(audit::Record record, audit::MergeStored(stored));
    return use({std::move(stored.root), std::move(record)});
  });
}

absl::Status EventsReader::ForEachPending(const audit::Query& query, Use use) {
  for (const auto& [key, leaves] : pending_) {
    Event event = {{key.first, key.second}, {}};
    std::vector<audit::Record> all = leaves;
    if (store_) {
      ASSIGN_OR_RETURN(const std::vector<audit::StoredLeaves> stored, store_->FindRoot(event.root));
      for (const audit::StoredLeaves& record : stored) {
        ASSIGN_OR_RETURN(audit::Record merged, audit::MergeStored(record));
        all.push_back(std::move(merged));
      }
    }
    event.record = audit::Merge(std::move(all));
    if (audit::Selects(query, event.record)) RETURN_IF_ERROR(use(event));
  }
  return absl::OkStatus();
}

}  // namespace portcullis::events
