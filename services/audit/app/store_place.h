// Which store a log is in, and how it is opened.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/spool/durability.h"
#include "services/audit/domain/audit_store.h"

namespace portcullis::audit {

struct StorePlace {
  StorePlace(std::filesystem::path file = {}) : sqlite(std::move(file)) {}  // NOLINT: a file is a place

  std::filesystem::path sqlite;  // the database file
  std::string postgresql;        // libpq's connection string, without a password; "" = the file
  std::string password;          // of PostgreSQL; "" = none
  std::string log_id;            // in PostgreSQL: which log; "" = the records of all, and no log

  std::string Name() const;  // for messages
};

// The file in a state folder that says which log in PostgreSQL is this service's.
std::filesystem::path LogIdPath(const std::filesystem::path& state_dir);

// What it says, "" if it is not there. INVALID_ARGUMENT: it is no log id.
absl::StatusOr<std::string> ReadLogId(const std::filesystem::path& state_dir);

// Makes it, if it is not there.
absl::StatusOr<std::string> ReadOrMakeLogId(const std::filesystem::path& state_dir);

// Opens the store for the audit service, making it if it is not there. Errors name the place. `clock` must
// outlive the store.
absl::StatusOr<std::unique_ptr<AuditStore>> OpenStore(const StorePlace& place, spool::Durability durability,
                                                      const base::Clock& clock);

// For reading only. NOT_FOUND: there is no such store.
absl::StatusOr<std::unique_ptr<AuditStore>> OpenStoreReadOnly(const StorePlace& place,
                                                              const base::Clock& clock);

}  // namespace portcullis::audit
