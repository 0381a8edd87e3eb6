// Figures over the records of the database.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/api/query.h"

namespace portcullis::audit::sql {

// Within one transaction. RESOURCE_EXHAUSTED: more than kMaxGroups groups.
absl::StatusOr<Stats> Aggregate(Database& database, const StatsQuery& query);

}  // namespace portcullis::audit::sql
