#include "services/audit/client/record_spool.h"

#include <chrono>
#include <utility>

#include "services/audit/client/audit_metrics.h"
#include "services/audit/client/record_codec.h"

namespace portcullis::audit {

RecordSpool::RecordSpool(std::unique_ptr<spool::Writer> writer, const base::Clock& clock,
                         telemetry::Metrics& metrics)
    : writer_(std::move(writer)),
      clock_(clock),
      intents_(metrics.AddCounter(kRecordsTotal, {{"kind", "intent"}})),
      outcomes_(metrics.AddCounter(kRecordsTotal, {{"kind", "outcome"}})),
      amendments_(metrics.AddCounter(kRecordsTotal, {{"kind", "amendment"}})),
      failures_(metrics.AddCounter(kAppendFailuresTotal)),
      append_seconds_(metrics.AddHistogram(kAppendSeconds, telemetry::OverheadBuckets())) {}

absl::StatusOr<LeafId> RecordSpool::Append(const Record& record) {
  const base::MonotonicTime begin = clock_.Monotonic();
  Encode(record, &bytes_);
  const absl::StatusOr<uint64_t> sequence = writer_->Append(bytes_);
  append_seconds_.Observe(std::chrono::duration<double>(clock_.Monotonic() - begin).count());
  if (!sequence.ok()) {
    failures_.Add();
    return sequence.status();
  }
  (record.kind == LeafKind::kIntent    ? intents_
   : record.kind == LeafKind::kOutcome ? outcomes_
                                       : amendments_)
      .Add();
  last_sequence_ = *sequence;
  return LeafId{writer_->id(), *sequence};
}

Receipt RecordSpool::LastReceipt() {
  const LeafId id = {writer_->id(), last_sequence_};
  return {id, HashOfLeaf(hasher_, id, bytes_)};
}

}  // namespace portcullis::audit
