// The audit service as its callers see it: plain types, no transport.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "services/audit/api/query.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

// A leaf as it lies in a spool: its place and its bytes (an encoded Record, see services/audit/client).
// Hashes are over exactly these bytes. What is captured lies beside them.
struct Leaf {
  LeafId id;
  std::string bytes;
  std::string content = {};  // a packed ContentEnvelope (content.h); "" = none
};

// A logical record: its leaves merged (services/audit/domain/merge.h); the intent alone while (or because) no
// outcome came.
struct StoredRecord {
  uint64_t row = 0;  // grows by arrival of the record's latest leaf; the paging key
  LeafId root;       // the record's identity (RootOf, domain/merge.h)
  Record record;
};

// A record and what was captured with it.
struct RecordContents {
  StoredRecord record;
  std::vector<std::string> contents;  // packed ContentEnvelopes (content.h), one for each leaf that has one
};

// Records of one request id that ReadContent gives at most: ids that clients make may come twice.
inline constexpr uint32_t kMaxContentRecords = 3;

class AuditApi {
 public:
  using AppendCallback = absl::AnyInvocable<void(absl::Status) &&>;
  using QueryCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<StoredRecord>>) &&>;
  using ContentCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<RecordContents>>) &&>;
  using StatsCallback = absl::AnyInvocable<void(absl::StatusOr<Stats>) &&>;

  virtual ~AuditApi() = default;

  // Stores leaves; OK means all of them are durable in the store. Idempotent: a leaf that is there already is
  // skipped. Leaves of one spool must come in order of sequence within a call. May block: never on a worker.
  virtual void Append(std::vector<Leaf> leaves, AppendCallback done) = 0;

  // May block: never on a worker.
  virtual void Find(const Query& query, QueryCallback done) = 0;

  // May block: never on a worker.
  virtual void Aggregate(const StatsQuery& query, StatsCallback done) = 0;

  // The newest records of the query's request id, which must be there, with what was captured. Where it is
  // served, such a read is always recorded. May block: never on a worker.
  virtual void ReadContent(const Query& query, ContentCallback done) = 0;
};

}  // namespace portcullis::audit
