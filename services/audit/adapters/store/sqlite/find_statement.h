// The SELECT for a query.
#pragma once

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sqlite/database.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit::sqlite {

// Prepared and bound, with the columns row, root, leaves. `query` must outlive the statement.
absl::StatusOr<Statement> PrepareFind(Database& database, const Query& query);

}  // namespace portcullis::audit::sqlite
