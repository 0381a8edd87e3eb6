// Where a worker writes its audit records. One per worker; used on its thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/spool/writer.h"
#include "libs/telemetry/api/metrics.h"
#include "services/audit/api/leaf_hash.h"
#include "services/audit/api/record.h"
#include "services/audit/client/content_keys.h"

namespace portcullis::audit {

class RecordSpool {
 public:
  // `contents` must outlive it.
  RecordSpool(std::unique_ptr<spool::Writer> writer, const ContentOptions& contents, const base::Clock& clock,
              telemetry::Metrics& metrics);

  // Appends the record as a leaf, and beside it the texts that were captured, in the configured form; the
  // leaf has commitments to them. When this returns OK, both survive the death of the process.
  // RESOURCE_EXHAUSTED: the spools or the disk are full; UNAVAILABLE: the disk failed. The caller's fail mode
  // decides what becomes of the request.
  absl::StatusOr<LeafId> Append(const Record& record, std::vector<ContentText> texts = {});

  // Calls `done` when all records appended so far are as durable as configured: at once with `process`, on
  // another thread with `disk`.
  void Sync(absl::AnyInvocable<void(absl::Status) &&> done) { writer_->Sync(std::move(done)); }

  // The bytes of the last leaf appended; valid until the next Append.
  std::string_view last_bytes() const { return bytes_; }

  // Of the last leaf appended; there must be one.
  Receipt LastReceipt();

  const spool::Writer& writer() const { return *writer_; }

 private:
  void EncodeWithContent(const Record& record, std::vector<ContentText> texts);

  const std::unique_ptr<spool::Writer> writer_;
  const ContentOptions& contents_;
  const base::Clock& clock_;
  telemetry::Counter& intents_;
  telemetry::Counter& outcomes_;
  telemetry::Counter& amendments_;
  telemetry::Counter& failures_;
  telemetry::Histogram& append_seconds_;
  std::string bytes_;
  std::string entry_;  // with content
  uint64_t last_sequence_ = 0;
  crypto::MerkleHasher hasher_;
};

}  // namespace portcullis::audit
