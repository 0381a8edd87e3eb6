// From stored leaves to records, and from leaves to what a store's index knows of them.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

// An intent that cannot be one (no spool id, no sequence) is ignored.
LeafIndex ToIndex(const LeafId& id, const RecordKey& key);

// The leaves decoded and merged. DATA_LOSS if none can be read.
absl::StatusOr<Record> MergeStored(const StoredLeaves& leaves);

}  // namespace portcullis::audit
