// What a query may ask, and which records it selects.
#pragma once

#include "absl/status/status.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

inline constexpr uint32_t kMaxQueryLimit = 10000;
inline constexpr size_t kMaxQueryText = 256;
inline constexpr double kMaxCostUsd = 1e9;
inline constexpr size_t kMaxGroupings = 3;

// INVALID_ARGUMENT, naming the field, if the query asks for what cannot be.
absl::Status Validate(const Query& query);

// The same for a query for figures.
absl::Status Validate(const StatsQuery& query);

// For AuditApi::ReadContent.
absl::Status ValidateContentQuery(const Query& query);

// Whether the fields of the query (not its paging) select this record.
bool Selects(const Query& query, const Record& record);

}  // namespace portcullis::audit
