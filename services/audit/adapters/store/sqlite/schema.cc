#include "services/audit/adapters/store/sqlite/schema.h"

#include <array>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int64_t kApplicationId = 0x50434c41;  // "PCLA"

// Step i brings version i to i + 1. Steps are never changed once released, only added.
constexpr std::array<std::string_view, 2> kSteps = {R"sql(
CREATE TABLE spools(
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE);
CREATE TABLE leaves(
  leaf INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL);
CREATE TABLE records(
  root INTEGER PRIMARY KEY,
  row INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  time_us INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  tenant TEXT NOT NULL,
  leaves TEXT NOT NULL);
CREATE UNIQUE INDEX records_by_row ON records(row);
CREATE INDEX records_by_request ON records(request_id);
CREATE INDEX records_by_time ON records(time_us);
CREATE INDEX records_by_verdict ON records(verdict, row) WHERE verdict NOT IN ('', 'allow');
CREATE INDEX records_by_tenant ON records(tenant, row) WHERE tenant <> '';
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('next_row', 1);
)sql",
                                                    R"sql(
CREATE TABLE log(
  id TEXT NOT NULL);
INSERT INTO log VALUES(lower(hex(randomblob(16))));
CREATE TABLE tiles(
  level INTEGER NOT NULL,
  tile INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY(level, tile)) WITHOUT ROWID;
CREATE TABLE runs(
  position INTEGER PRIMARY KEY,
  leaf INTEGER NOT NULL UNIQUE,
  count INTEGER NOT NULL);
CREATE TABLE heads(
  size INTEGER PRIMARY KEY,
  root BLOB NOT NULL,
  time_us INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  signature BLOB NOT NULL);
INSERT INTO meta VALUES('tree_size', 0);
)sql"};

// Version of the file, 0 if it is empty.
absl::StatusOr<int64_t> Version(Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t tables, database.QueryNumber("SELECT count(*) FROM sqlite_schema"));
  ASSIGN_OR_RETURN(const int64_t application, database.QueryNumber("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, database.QueryNumber("PRAGMA user_version"));
  if (tables > 0 && application != kApplicationId) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", path, ": the file is another program's database; name another file"));
  }
  if (version > static_cast<int64_t>(kSteps.size())) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", path, ": written by a newer version (schema ", version,
                     ", this program knows ", kSteps.size(), "); use that version"));
  }
  return tables == 0 ? 0 : version;
}

}  // namespace

absl::Status Migrate(Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t version, Version(database, path));
  for (size_t step = static_cast<size_t>(version); step < kSteps.size(); ++step) {
    const absl::Status status = database.Execute(base::StrCat("BEGIN IMMEDIATE;", kSteps[step],
                                                              "PRAGMA application_id=", kApplicationId,
                                                              ";PRAGMA user_version=", step + 1, ";COMMIT;"));
    if (status.ok()) continue;
    (void)database.Execute("ROLLBACK");
    return status;
  }
  return absl::OkStatus();
}

absl::Status CheckVersion(Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t version, Version(database, path));
  if (version == static_cast<int64_t>(kSteps.size())) return absl::OkStatus();
  return absl::FailedPreconditionError(base::StrCat("audit database ", path, ": schema ", version,
                                                    ", this program reads ", kSteps.size(),
                                                    "; start the audit service once to bring it up to date"));
}

}  // namespace portcullis::audit::sqlite
