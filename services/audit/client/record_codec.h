// Between the plain Record and the bytes of a leaf: an encoded portcullis.audit.v1.Record.
//
// Encode writes fields in the order of their numbers and leaves out empty ones, as protobuf's own encoder
// does. It does not allocate once the string has grown to the usual size: about 0.5 us for a usual record.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/api/leaf_index.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

// Replaces `bytes` by the encoded record. Text that is not valid UTF-8 has its bad bytes replaced by U+FFFD.
void Encode(const Record& record, std::string* bytes);

// INVALID_ARGUMENT if the bytes are no record, or one without a kind or a request id.
absl::StatusOr<Record> Decode(std::string_view bytes);

// What links a leaf to others; reads the first fields only, which Encode writes first.
struct RecordLink {
  LeafKind kind = LeafKind::kOutcome;
  std::string_view request_id;    // inside the bytes
  std::string_view intent_spool;  // "" = the leaf names no intent
  uint64_t intent_sequence = 0;
  int64_t time_us = 0;
  int64_t started_us = 0;
};

// INVALID_ARGUMENT if these fields are not those of a record.
absl::StatusOr<RecordLink> DecodeLink(std::string_view bytes);

// What an index needs of a leaf, without decoding the rest: about an eighth of the time. The leaf's root is its
// intent; its own id if it names none, or one that cannot be one (no spool id, no sequence). INVALID_ARGUMENT
// as for Decode, as far as the record's outermost level shows it. `leaf` must stay where it is while the
// index is used.
absl::StatusOr<LeafIndex> DecodeIndex(const Leaf& leaf);

}  // namespace portcullis::audit
