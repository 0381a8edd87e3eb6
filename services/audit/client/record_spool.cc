#include "services/audit/client/record_spool.h"

#include <chrono>
#include <utility>

#include "services/audit/client/audit_metrics.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/spool_entry.h"

namespace portcullis::audit {

RecordSpool::RecordSpool(std::unique_ptr<spool::Writer> writer, const ContentOptions& contents,
                         const base::Clock& clock, telemetry::Metrics& metrics)
    : writer_(std::move(writer)),
      contents_(contents),
      clock_(clock),
      intents_(metrics.AddCounter(kRecordsTotal, {{"kind", "intent"}})),
      outcomes_(metrics.AddCounter(kRecordsTotal, {{"kind", "outcome"}})),
      amendments_(metrics.AddCounter(kRecordsTotal, {{"kind", "amendment"}})),
      failures_(metrics.AddCounter(kAppendFailuresTotal)),
      append_seconds_(metrics.AddHistogram(kAppendSeconds, telemetry::OverheadBuckets())) {}

absl::StatusOr<LeafId> RecordSpool::Append(const Record& record, std::vector<ContentText> texts) {
  const base::MonotonicTime begin = clock_.Monotonic();
  const bool plain = texts.empty();
  if (plain) {
    Encode(record, &bytes_);
  } else {
    EncodeWithContent(record, std::move(texts));
  }
  const absl::StatusOr<uint64_t> sequence = writer_->Append(plain ? bytes_ : entry_);
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

void RecordSpool::EncodeWithContent(const Record& record, std::vector<ContentText> texts) {
  Record committed = record;
  for (ContentText& text : texts) {
    text.salt = crypto::RandomBytes(kSaltBytes);
    committed.contents.push_back(
        CommitmentTo(text, contents_.rules.encrypted ? kEncryptedForm : kRedactedForm));
  }
  Encode(committed, &bytes_);
  entry_ = bytes_;
  AddContent(Pack(contents_.keys.Seal(committed, texts, contents_.rules.encrypted)), &entry_);
}

Receipt RecordSpool::LastReceipt() {
  const LeafId id = {writer_->id(), last_sequence_};
  return {id, HashOfLeaf(hasher_, id, bytes_)};
}

}  // namespace portcullis::audit
