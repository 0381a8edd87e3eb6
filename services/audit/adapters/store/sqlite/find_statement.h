// The SELECT for a query.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit::sqlite {

inline constexpr int64_t kNoLimit = -1;

// Prepared and bound, with the columns row, root, leaves; at most `limit` rows. `query` must outlive the
// statement.
absl::StatusOr<Statement> PrepareFind(Database& database, const Query& query, int64_t limit);

}  // namespace portcullis::audit::sqlite
