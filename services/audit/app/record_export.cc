#include "services/audit/app/record_export.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/app/export_metrics.h"
#include "services/audit/client/stored_record.h"
#include "services/audit/domain/record_json.h"

namespace portcullis::audit {
namespace {

constexpr uint32_t kPage = 256;
constexpr size_t kMaxWaiting = 10'000;  // records that are sent and not acknowledged
constexpr base::Duration kIdle = std::chrono::milliseconds(250);
constexpr base::Duration kAfterError = std::chrono::seconds(1);
constexpr base::Duration kKeepEach = std::chrono::seconds(1);
constexpr base::Duration kTellEach = std::chrono::seconds(30);
constexpr base::Duration kDrain = std::chrono::seconds(2);

}  // namespace

RecordExport::Instruments RecordExport::MakeInstruments(telemetry::Metrics& metrics) {
  const auto errors = [&](const char* at) -> telemetry::Counter& {
    return metrics.AddCounter(kKafkaErrorsTotal, {{"at", at}});
  };
  return {metrics.AddCounter(kKafkaSentTotal),
          errors("broker"),
          errors("store"),
          errors("cursor"),
          errors("record"),
          metrics.AddGauge(kKafkaPosition),
          metrics.AddGauge(kKafkaLagSeconds)};
}

RecordExport::RecordExport(OpenSink open, ExportCursor cursor, const ExportParts& parts)
    : open_(std::move(open)),
      cursor_(std::move(cursor)),
      parts_(parts),
      metrics_(MakeInstruments(parts.metrics)) {}

RecordExport::~RecordExport() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  parts_.waiter.Wake();
  thread_.join();
}

void RecordExport::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void RecordExport::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!Round().ok() && !stop.stop_requested()) parts_.waiter.Wait(kAfterError);
  }
  Drain();
}

absl::Status RecordExport::Round() {
  ShowLag();
  if (!sink_) RETURN_IF_ERROR(Open());
  if (next_ == page_.size() && HasRoom()) RETURN_IF_ERROR(ReadOn());
  RETURN_IF_ERROR(SendPage());
  const bool more = !page_.empty() && next_ == page_.size() && HasRoom();
  RETURN_IF_ERROR(Hear(sink_->Wait(more ? base::Duration::zero() : kIdle)));
  return KeepCursor();
}

absl::Status RecordExport::Open() {
  const absl::StatusOr<uint64_t> kept = cursor_.Read();
  if (!kept.ok()) return Failed(metrics_.cursor_errors, kept.status());
  kept_ = *kept;
  Forget();
  RETURN_IF_ERROR(CheckAgainstLog(kept_));
  absl::StatusOr<std::unique_ptr<RecordSink>> sink = open_();
  if (!sink.ok()) return Failed(metrics_.sink_errors, sink.status());
  sink_ = *std::move(sink);
  return absl::OkStatus();
}

// A log that was restored from a backup gives its rows a second time.
absl::Status RecordExport::CheckAgainstLog(uint64_t position) {
  Query newest;
  newest.newest_first = true;
  newest.limit = 1;
  const absl::StatusOr<std::vector<StoredLeaves>> found = parts_.store.Find(newest);
  if (!found.ok()) return Failed(metrics_.read_errors, found.status());
  if (found->empty() || found->front().row >= position) return absl::OkStatus();
  parts_.logger.Warning(
      "the audit log ends before what was sent to Kafka, as after a restore: all of it is sent again",
      {{"position", position}, {"newest", found->front().row}});
  kept_ = 0;
  Forget();
  return absl::OkStatus();
}

// What is not acknowledged is read again.
void RecordExport::Forget() {
  window_ = SentWindow(kept_);
  read_to_ = kept_;
  page_.clear();
  next_ = 0;
}

bool RecordExport::HasRoom() const { return window_.size() < kMaxWaiting; }

absl::Status RecordExport::ReadOn() {
  Query query;
  query.after = read_to_;
  query.limit = kPage;
  absl::StatusOr<std::vector<StoredLeaves>> page = parts_.store.Find(query);
  if (!page.ok()) return Failed(metrics_.read_errors, page.status());
  page_ = *std::move(page);
  if (!page_.empty()) read_to_ = page_.back().row;
  next_ = 0;
  return absl::OkStatus();
}

absl::Status RecordExport::SendPage() {
  for (; next_ < page_.size() && HasRoom(); ++next_) {
    const absl::StatusOr<bool> sent = SendOne(page_[next_]);
    if (!sent.ok()) {
      sink_.reset();
      return Failed(metrics_.sink_errors, sent.status());
    }
    if (!*sent) break;
  }
  return absl::OkStatus();
}

// False: the sink has no room.
absl::StatusOr<bool> RecordExport::SendOne(const StoredLeaves& leaves) {
  const absl::StatusOr<Record> record = MergeStored(leaves);
  if (!record.ok()) {
    metrics_.unreadable.Add();
    parts_.logger.Error("an audit record cannot be read and is not sent to Kafka",
                        {{"record", RecordId(leaves.root)}, {"error", base::Message(record.status())}});
  }
  if (!record.ok() || record->kind == LeafKind::kIntent) {
    window_.Passed(leaves.row);
    return true;
  }
  const std::string key = RecordId(leaves.root);
  const std::string value = RecordJsonText(leaves.root, *record);
  ASSIGN_OR_RETURN(const bool taken, sink_->Send({leaves.row, key, value}));
  if (taken) window_.Sent(leaves.row, record->time_us);
  return taken;
}

absl::Status RecordExport::Hear(SinkNews news) {
  for (const uint64_t position : news.acknowledged) window_.Acknowledged(position);
  metrics_.sent.Add(static_cast<double>(news.acknowledged.size()));
  if (!news.failure.ok()) {
    sink_.reset();
    KeepCursor().IgnoreError();
    return Failed(metrics_.sink_errors, news.failure);
  }
  if (!news.acknowledged.empty() && std::exchange(failing_, false)) {
    parts_.logger.Info("audit records reach Kafka again", {{"position", window_.cursor()}});
  }
  if (!news.trouble.empty() && news.acknowledged.empty()) {
    Failed(metrics_.sink_errors, absl::UnavailableError(news.trouble)).IgnoreError();
  }
  return absl::OkStatus();
}

absl::Status RecordExport::KeepCursor() {
  const bool late = parts_.clock.Monotonic() >= keep_at_ || !sink_;
  if (window_.cursor() == kept_ || !late) return absl::OkStatus();
  const absl::Status kept = cursor_.Write(window_.cursor());
  if (!kept.ok()) return Failed(metrics_.cursor_errors, kept);
  kept_ = window_.cursor();
  metrics_.position.Set(static_cast<double>(kept_));
  keep_at_ = parts_.clock.Monotonic() + kKeepEach;
  return absl::OkStatus();
}

void RecordExport::ShowLag() {
  const int64_t now = parts_.clock.Now().time_since_epoch().count();
  const int64_t lag_us = now - window_.oldest_us().value_or(now);
  metrics_.lag_seconds.Set(static_cast<double>(std::max<int64_t>(lag_us, 0)) / 1e6);
}

// Counts each error; the log has a line of the first and now and then one of those that follow.
absl::Status RecordExport::Failed(telemetry::Counter& errors, const absl::Status& status) {
  errors.Add();
  const base::MonotonicTime now = parts_.clock.Monotonic();
  if (failing_ && now < tell_at_) return status;
  failing_ = true;
  tell_at_ = now + kTellEach;
  parts_.logger.Error("audit records do not reach Kafka; they wait in the log",
                      {{"error", base::Message(status)}, {"position", window_.cursor()}});
  return status;
}

void RecordExport::Drain() {
  const base::MonotonicTime end = parts_.clock.Monotonic() + kDrain;
  while (sink_ && window_.size() > 0 && parts_.clock.Monotonic() < end) {
    Hear(sink_->Wait(kIdle)).IgnoreError();
  }
  keep_at_ = {};
  KeepCursor().IgnoreError();
}

}  // namespace portcullis::audit
