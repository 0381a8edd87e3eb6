// The table of legal holds. Within a transaction, or for one moment.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"
#include "services/audit/domain/hold.h"

namespace portcullis::audit::sql {

// As the store's AddHold.
absl::Status InsertHold(const Hold& hold, Database& database);

// False: there is no such hold.
absl::StatusOr<bool> DeleteHold(const std::string& id, Database& database);

// By time. DATA_LOSS: one cannot be read; nothing may be removed then.
absl::StatusOr<std::vector<Hold>> ReadHolds(Database& database);

}  // namespace portcullis::audit::sql
