#include "services/audit/client/shipper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/base/strings.h"
#include "services/audit/client/audit_metrics.h"

namespace portcullis::audit {
namespace {

// The answer to one batch; outlives the wait for it.
struct Answer {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::optional<absl::Status> status;
};

}  // namespace

Shipper::Shipper(ShipperOptions options, const ShipperParts& parts)
    : options_(std::move(options)),
      parts_(parts),
      shipped_(parts.metrics.AddCounter(kShippedTotal)),
      errors_(parts.metrics.AddCounter(kShipErrorsTotal)),
      damaged_(parts.metrics.AddCounter(kSpoolDamagedTotal)),
      backlog_records_(parts.metrics.AddGauge(kSpoolRecords)),
      backlog_bytes_(parts.metrics.AddGauge(kSpoolBytes)),
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
  ShowBacklog();
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
    sources_[id].consumer = std::make_unique<spool::Consumer>(std::move(handle), parts_.budget);
  }
}

void Shipper::AdoptOrphans() {
  next_scan_ = parts_.clock.Monotonic() + options_.orphan_scan;
  for (const std::string& id : spool::ListSpools(options_.spool_root)) {
    if (!sources_.contains(id)) AdoptOrphan(id);
  }
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
  Source& source = sources_[id];
  source.consumer = std::make_unique<spool::Consumer>(*std::move(handle), parts_.budget);
  parts_.logger.Info("took over an audit spool that another process left",
                     {{"spool", id}, {"leaves", source.consumer->backlog()}, {"torn_bytes_cut", cut}});
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
    source.sent = (*leaf)->sequence;
    bytes += (*leaf)->bytes.size();
    batch->push_back({{source.consumer->handle().id(), source.sent}, std::string((*leaf)->bytes)});
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
  if (!answer->wake.wait_for(lock, stop, options_.append_timeout,
                             [&] { return answer->status.has_value(); })) {
    return absl::DeadlineExceededError("the audit service did not acknowledge in time");
  }
  return *answer->status;
}

void Shipper::Acknowledge() {
  for (auto& [id, source] : sources_) {
    if (source.sent == 0) continue;
    const absl::Status status = source.consumer->Acknowledge(source.sent);
    if (status.ok()) continue;
    errors_.Add();
    parts_.logger.Warning("an audit spool's position could not be saved; its leaves may be shipped twice",
                          {{"spool", id}, {"error", base::Message(status)}});
    source.consumer->Rewind();
  }
}

void Shipper::RewindAll() {
  for (auto& [id, source] : sources_) source.consumer->Rewind();
}

void Shipper::RemoveFinished() {
  for (auto it = sources_.begin(); it != sources_.end();) {
    if (!it->second.consumer->finished()) {
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

void Shipper::ShowBacklog() {
  uint64_t records = 0;
  for (const auto& [id, source] : sources_) records += source.consumer->backlog();
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
