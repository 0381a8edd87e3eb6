// What a query may ask, and which records it selects.
#pragma once

#include "absl/status/status.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit {

inline constexpr uint32_t kMaxQueryLimit = 10000;
inline constexpr size_t kMaxQueryText = 256;

// INVALID_ARGUMENT, naming the field, if the query asks for what cannot be.
absl::Status Validate(const Query& query);

// Whether the fields of the query (not its paging) select this record.
bool Selects(const Query& query, const Record& record);

}  // namespace portcullis::audit
