// What a database of an older schema needs besides new tables: a tree for its leaves, an index of its
// records.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/adapters/store/sql/store_writer.h"
#include "services/audit/api/audit_api.h"

namespace portcullis::audit::sqlite {

using IndexLeaf = std::function<absl::StatusOr<LeafIndex>(const Leaf&)>;

// Does nothing to a database that is complete. `path` is for messages. FAILED_PRECONDITION: records must be
// indexed anew, and `index` is null.
absl::Status CompleteOldSchema(sql::Database& database, const std::string& path, const IndexLeaf& index,
                               sql::StoreWriter& writer);

}  // namespace portcullis::audit::sqlite
