// From stored leaves to records.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/api/record.h"
#include "services/audit/domain/store.h"

namespace portcullis::audit {

// The leaves decoded and merged. DATA_LOSS if none can be read.
absl::StatusOr<Record> MergeStored(const StoredLeaves& leaves);

}  // namespace portcullis::audit
