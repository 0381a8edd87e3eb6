// The catalogue in PostgreSQL 15 or later, in the schema `portcullis_policy` of a database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/pg/pg_database.h"
#include "libs/pg/reconnecting.h"
#include "services/policy/domain/catalog/catalog_store.h"

namespace portcullis::policy {

// For several policy services at once: each sees what the others wrote (ForeignChanges), and none overwrites
// it. UNAVAILABLE while the server is away; of a write that lost the server it is not known then whether it
// was made, and ForeignChanges tells.
class PostgresCatalogStore final : public CatalogStore {
 public:
  // Connects and makes the tables if they are not there; read-only, no tables are an empty catalogue. The
  // role must own the database or the schema. FAILED_PRECONDITION: the server refuses, or a newer version
  // made the tables. `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<PostgresCatalogStore>> Open(const pg::Connection& connection,
                                                                    bool read_only, const base::Clock& clock);

  absl::StatusOr<std::vector<CatalogPolicy>> Load() override;
  absl::Status Write(const CatalogResult& result) override;
  absl::StatusOr<std::vector<CatalogVersion>> Versions(const std::string& id, size_t limit) override;
  absl::StatusOr<int64_t> ForeignChanges() override;

 private:
  struct Session {
    std::unique_ptr<pg::PgDatabase> database;
    bool empty = false;  // read-only, and there are no tables
  };

  PostgresCatalogStore(const pg::Connection& connection, bool read_only, const base::Clock& clock);
  static absl::StatusOr<std::unique_ptr<Session>> OpenSession(const pg::Connection& connection,
                                                              bool read_only);

  const bool read_only_;
  pg::Reconnecting<Session> session_;
  int64_t own_changes_ = 0;
};

}  // namespace portcullis::policy
