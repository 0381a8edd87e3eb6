#include "services/audit/client/shipper.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/spool/files.h"
#include "libs/spool/reader.h"
#include "libs/spool/writer.h"
#include "services/audit/client/audit_metrics.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/spool_entry.h"

namespace portcullis::audit {
namespace {

// The answer to one batch; outlives the wait for it.
struct Answer {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::optional<absl::Status> status;
};

// When the leaf was written; 0 = it does not say.
int64_t WrittenAt(std::string_view bytes) {
  const absl::StatusOr<RecordLink> link = DecodeLink(bytes);
  return link.ok() ? link->time_us : 0;
}

}  // namespace

Shipper::Source::Source(std::shared_ptr<spool::Handle> handle, spool::Budget& budget) : open(handle->id()) {
  consumer = std::make_unique<spool::Consumer>(std::move(handle), budget);
}

Shipper::Shipper(ShipperOptions options, const ShipperParts& parts)
    : options_(std::move(options)),
      parts_(parts),
      shipped_(parts.metrics.AddCounter(kShippedTotal)),
      errors_(parts.metrics.AddCounter(kShipErrorsTotal)),
      damaged_(parts.metrics.AddCounter(kSpoolDamagedTotal)),
      backlog_records_(parts.metrics.AddGauge(kSpoolRecords)),
      backlog_bytes_(parts.metrics.AddGauge(kSpoolBytes)),
      oldest_(parts.metrics.AddGauge(kSpoolOldest)),
      disk_bytes_(parts.metrics.AddGauge(kSpoolDiskBytes)),
      disk_free_(parts.metrics.AddGauge(kSpoolDiskFree)),
      interrupted_(parts.metrics.AddCounter(kInterruptedTotal)),
      poll_(options_.min_poll),
      backoff_(options_.min_backoff) {}

Shipper::~Shipper() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  parts_.waiter.Wake();
  thread_.join();
}

void Shipper::Add(std::shared_ptr<spool::Handle> handle) {
  std::lock_guard lock(mutex_);
  new_.push_back(std::move(handle));
}

void Shipper::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

absl::Status Shipper::Flush(base::Duration timeout) {
  std::unique_lock lock(mutex_);
  const uint64_t mine = ++flush_asked_;
  parts_.waiter.Wake();
  if (flush_done_.wait_for(lock, timeout, [&] { return flush_answered_ >= mine; })) return absl::OkStatus();
  return absl::DeadlineExceededError(
      "audit records are still in the spool; they will be shipped when a process starts with this state "
      "folder");
}

void Shipper::Run(std::stop_token stop) {
  next_scan_ = parts_.clock.Monotonic();
  while (!stop.stop_requested()) Round(stop);
}

// Gathers, sends and acknowledges one batch; then pauses unless there is more to do.
void Shipper::Round(const std::stop_token& stop) {
  TakeNew();
  if (parts_.clock.Monotonic() >= next_scan_) AdoptOrphans();
  std::vector<Leaf> batch = Gather();
  const size_t count = batch.size();
  absl::Status status;
  if (count > 0) status = Send(std::move(batch), stop);
  if (stop.stop_requested()) return;
  if (status.ok()) {
    shipped_.Add(static_cast<double>(count));
    Acknowledge();
  } else {
    errors_.Add();
    parts_.logger.Warning("audit records could not be shipped; they stay in the spool and are sent again",
                          {{"error", base::Message(status)}, {"leaves", count}});
    RewindAll();
  }
  RemoveFinished();
  ShowBacklog(status.ok());
  AnswerFlush();
  if (!more_ || !status.ok()) Pause(count > 0, status);
}

void Shipper::TakeNew() {
  std::vector<std::shared_ptr<spool::Handle>> handles;
  {
    std::lock_guard lock(mutex_);
    handles.swap(new_);
    if (flush_asked_ != flush_seen_) next_scan_ = {};
  }
  for (auto& handle : handles) {
    const std::string id = handle->id();
    sources_.try_emplace(id, std::move(handle), parts_.budget);
  }
}

void Shipper::AdoptOrphans() {
  next_scan_ = parts_.clock.Monotonic() + options_.orphan_scan;
  for (const std::string& id : spool::ListSpools(options_.spool_root)) {
    if (!sources_.contains(id)) AdoptOrphan(id);
  }
  disk_bytes_.Set(static_cast<double>(spool::BytesUnder(options_.spool_root)));
  std::error_code error;
  const std::filesystem::space_info disk = std::filesystem::space(options_.spool_root, error);
  if (!error) disk_free_.Set(static_cast<double>(disk.available));
}

void Shipper::AdoptOrphan(const std::string& id) {
  auto handle = spool::Handle::Adopt(options_.spool_root, id);
  if (absl::IsFailedPrecondition(handle.status()) || absl::IsNotFound(handle.status())) return;
  if (!handle.ok()) {
    errors_.Add();
    parts_.logger.Error("an audit spool that a dead process left cannot be read",
                        {{"spool", id}, {"error", base::Message(handle.status())}});
    return;
  }
  const uint64_t cut = (*handle)->cut_bytes();
  Source& source = sources_.try_emplace(id, *std::move(handle), parts_.budget).first->second;
  PassAcknowledged(source);
  parts_.logger.Info("took over an audit spool that another process left",
                     {{"spool", id}, {"leaves", source.consumer->backlog()}, {"torn_bytes_cut", cut}});
}

// Which intents were open when the spool was acknowledged last: its note knows those of segments that are
// gone, the segments that are there know the others.
void Shipper::PassAcknowledged(Source& source) {
  const spool::Handle& handle = source.consumer->handle();
  source.open.Read(spool::ReadNote(handle.directory()));
  spool::Reader reader(handle.id(), handle.directory());
  while (reader.last_sequence() < source.consumer->acknowledged()) {
    const auto leaf = reader.Next();
    if (!leaf.ok() || !*leaf || (*leaf)->sequence > source.consumer->acknowledged()) return;
    source.open.Pass((*leaf)->sequence, (*leaf)->bytes);
  }
}

// Every spool gets its share of the batch, so that a long one does not keep the others waiting.
std::vector<Leaf> Shipper::Gather() {
  std::vector<Leaf> batch;
  more_ = false;
  const size_t spools = std::max<size_t>(sources_.size(), 1);
  const size_t leaves = std::max<size_t>(options_.batch_leaves / spools, 1);
  const size_t bytes = options_.batch_bytes / spools;
  for (auto& [id, source] : sources_) GatherFrom(source, leaves, bytes, &batch);
  return batch;
}

void Shipper::GatherFrom(Source& source, size_t max_leaves, size_t max_bytes, std::vector<Leaf>* batch) {
  source.sent = 0;
  size_t leaves = 0, bytes = 0;
  for (; leaves < max_leaves && (bytes < max_bytes || leaves == 0); ++leaves) {
    const auto leaf = source.consumer->Next();
    if (!leaf.ok()) {
      errors_.Add();
      parts_.logger.Error("an audit spool cannot be read on", {{"spool", source.consumer->handle().id()},
                                                               {"error", base::Message(leaf.status())}});
    }
    if (!leaf.ok() || !*leaf) return TellDamage(source);
    const SpoolEntry entry = ParseEntry((*leaf)->bytes);
    if (source.sent == 0) source.oldest_us = WrittenAt(entry.bytes);
    source.sent = (*leaf)->sequence;
    source.open.Pass(source.sent, entry.bytes);
    bytes += (*leaf)->bytes.size();
    batch->push_back({{source.consumer->handle().id(), source.sent},
                      std::string(entry.bytes),
                      std::string(entry.content)});
  }
  more_ = true;
}

absl::Status Shipper::Send(std::vector<Leaf> batch, const std::stop_token& stop) {
  auto answer = std::make_shared<Answer>();
  parts_.audit.Append(std::move(batch), [answer](absl::Status status) {
    std::lock_guard lock(answer->mutex);
    answer->status = std::move(status);
    answer->wake.notify_one();
  });
  std::unique_lock lock(answer->mutex);
  const auto answered = [&] { return answer->status.has_value(); };
  for (base::Duration waited{}; waited < options_.append_timeout; waited += options_.show_backlog) {
    if (answer->wake.wait_for(lock, stop, options_.show_backlog, answered)) return *answer->status;
    if (stop.stop_requested()) break;
    ShowBacklog(/*shipped=*/false);
  }
  return absl::DeadlineExceededError("the audit service did not acknowledge in time");
}

void Shipper::Acknowledge() {
  for (auto& [id, source] : sources_) {
    if (source.sent == 0) continue;
    const absl::Status status = AcknowledgeOne(source);
    if (status.ok()) continue;
    errors_.Add();
    parts_.logger.Warning("an audit spool's position could not be saved; its leaves may be shipped twice",
                          {{"spool", id}, {"error", base::Message(status)}});
    source.consumer->Rewind();
  }
}

absl::Status Shipper::AcknowledgeOne(Source& source) {
  source.oldest_us = 0;
  if (source.consumer->WouldRemove(source.sent)) {
    RETURN_IF_ERROR(spool::WriteNote(source.consumer->handle().directory(), source.open.Text()));
  }
  return source.consumer->Acknowledge(source.sent);
}

void Shipper::RewindAll() {
  for (auto& [id, source] : sources_) source.consumer->Rewind();
}

void Shipper::RemoveFinished() {
  for (auto it = sources_.begin(); it != sources_.end();) {
    if (!it->second.consumer->finished() || !CloseOpenIntents(it->second)) {
      ++it;
      continue;
    }
    if (const absl::Status status = it->second.consumer->Remove(); !status.ok()) {
      parts_.logger.Warning("an audit spool that is shipped could not be removed",
                            {{"spool", it->first}, {"error", base::Message(status)}});
    }
    it = sources_.erase(it);
  }
}

// True: there are none, or there is no use in closing them. False: they are closed, and their outcomes must
// be shipped before the spool goes; or they could not be closed and will be later.
bool Shipper::CloseOpenIntents(Source& source) {
  if (source.open.empty() || source.consumer->tail_lost()) return true;
  if (parts_.clock.Monotonic() < source.close_again) return false;
  source.close_again = parts_.clock.Monotonic() + options_.orphan_scan;
  const size_t count = source.open.size();
  const absl::Status status = AppendOutcomes(source);
  const std::string& id = source.consumer->handle().id();
  if (status.ok()) {
    more_ = true;
    parts_.logger.Warning("requests ended with their process; their audit records say interrupted",
                          {{"spool", id}, {"records", count}});
  } else {
    errors_.Add();
    parts_.logger.Warning("requests that ended with their process could not be recorded as interrupted yet",
                          {{"spool", id}, {"error", base::Message(status)}});
  }
  return false;
}

absl::Status Shipper::AppendOutcomes(Source& source) {
  const std::shared_ptr<spool::Handle>& handle = source.consumer->shared_handle();
  // The consumer of an adopted spool gives back what lay in it at the start, and no more.
  spool::Budget apart(std::numeric_limits<uint64_t>::max());
  ASSIGN_OR_RETURN(
      const std::unique_ptr<spool::Writer> writer,
      spool::Writer::Extend(handle, {}, handle->adopted() ? apart : parts_.budget, parts_.clock));
  std::string bytes;
  for (const Record& record : source.open.Interrupted(parts_.clock.Now().time_since_epoch().count())) {
    Encode(record, &bytes);
    RETURN_IF_ERROR(writer->Append(bytes).status());
    interrupted_.Add();
  }
  return absl::OkStatus();
}

void Shipper::TellDamage(Source& source) {
  const spool::Damage& damage = source.consumer->damage();
  if (source.damage_told || !damage.any()) return;
  source.damage_told = true;
  damaged_.Add();
  parts_.logger.Error("an audit spool is damaged; what can be read is shipped, and its files are kept aside",
                      {{"spool", source.consumer->handle().directory().native()},
                       {"damaged_bytes", damage.bytes},
                       {"missing_leaves", damage.missing_leaves},
                       {"broken_links", damage.broken_links}});
}

void Shipper::ShowBacklog(bool shipped) {
  uint64_t records = 0;
  const int64_t now_us = parts_.clock.Now().time_since_epoch().count();
  int64_t oldest_us = now_us;
  for (const auto& [id, source] : sources_) {
    records += source.consumer->backlog();
    if (!shipped && source.oldest_us > 0) oldest_us = std::min(oldest_us, source.oldest_us);
  }
  const std::chrono::microseconds age(now_us - oldest_us);
  oldest_.Set(std::chrono::duration<double>(age).count());
  parts_.budget.SetStale(options_.max_age > base::Duration::zero() && age > options_.max_age);
  backlog_records_.Set(static_cast<double>(records));
  backlog_bytes_.Set(static_cast<double>(parts_.budget.used()));
}

// Notes how far a flush that was asked for must go, and answers it when that is acknowledged.
void Shipper::AnswerFlush() {
  {
    std::lock_guard lock(mutex_);
    if (flush_asked_ != flush_seen_ && new_.empty()) {
      flush_seen_ = flush_asked_;
      flush_targets_.clear();
      for (const auto& [id, source] : sources_)
        flush_targets_[id] = source.consumer->handle().last_sequence();
    }
    if (flush_answered_ == flush_seen_) return;
  }
  for (const auto& [id, target] : flush_targets_) {
    const auto source = sources_.find(id);
    if (source == sources_.end()) continue;  // shipped and removed
    if (source->second.consumer->acknowledged() < target && source->second.consumer->backlog() > 0) return;
  }
  std::lock_guard lock(mutex_);
  flush_answered_ = flush_seen_;
  flush_done_.notify_all();
}

void Shipper::Pause(bool sent, const absl::Status& status) {
  if (!status.ok()) {
    const double jitter = 0.5 + parts_.rng.NextUnit() / 2;
    parts_.waiter.Wait(std::chrono::duration_cast<base::Duration>(backoff_ * jitter));
    backoff_ = std::min(backoff_ * 2, options_.max_backoff);
    return;
  }
  backoff_ = options_.min_backoff;
  poll_ = sent ? options_.min_poll : std::min(poll_ * 2, options_.max_poll);
  parts_.waiter.Wait(poll_);
}

}  // namespace portcullis::audit
