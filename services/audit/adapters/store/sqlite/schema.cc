#include "services/audit/adapters/store/sqlite/schema.h"

#include <array>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/record_row.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int64_t kApplicationId = 0x50434c41;  // "PCLA"

// Step i brings version i to i + 1. Steps are never changed once released, only added.
const std::array<std::string, 6>& Steps() {
  static const std::array<std::string, 6> kSteps = {R"sql(
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
)sql",
                                                    // Its records are indexed anew by the store.
                                                    R"sql(
ALTER TABLE records RENAME TO old_records;
DROP INDEX records_by_row;
DROP INDEX records_by_request;
DROP INDEX records_by_time;
DROP INDEX records_by_verdict;
DROP INDEX records_by_tenant;
CREATE INDEX old_records_by_row ON old_records(row);
CREATE TABLE names(
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(kind, text));
CREATE TABLE blocks(
  block INTEGER PRIMARY KEY,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  max_cost INTEGER NOT NULL,
  live BLOB NOT NULL,
  names BLOB NOT NULL);
CREATE TABLE columns(
  key INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL);
)sql" + sql::CreateRecordsSql("INTEGER", "TEXT") + R"sql(;
CREATE UNIQUE INDEX records_by_root ON records(root);
CREATE INDEX records_by_request ON records(request_id);
)sql",
                                                    R"sql(
CREATE TABLE tree(
  size INTEGER NOT NULL);
INSERT INTO tree SELECT value FROM meta WHERE key = 'tree_size';
DELETE FROM meta WHERE key = 'tree_size';
)sql",
                                                    // What was removed before is not known: any leaf of an
                                                    // old spool is looked for in the log.
                                                    R"sql(
ALTER TABLE spools ADD COLUMN removed_to INTEGER NOT NULL DEFAULT 0;
UPDATE spools SET removed_to = 1099511627775;
INSERT INTO meta VALUES('names_unused', 0);
CREATE TABLE holds(
  id TEXT PRIMARY KEY,
  time_us INTEGER NOT NULL,
  placed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  query TEXT NOT NULL) WITHOUT ROWID;
)sql",
                                                    R"sql(
CREATE TABLE subjects(
  number INTEGER PRIMARY KEY,
  tag BLOB NOT NULL UNIQUE,
  secret BLOB NOT NULL);
CREATE TABLE contents(
  leaf INTEGER PRIMARY KEY,
  subject INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  sealed BLOB NOT NULL,
  body BLOB NOT NULL);
CREATE INDEX contents_by_subject ON contents(subject);
)sql"};
  return kSteps;
}

// Version of the file, 0 if it is empty.
absl::StatusOr<int64_t> Version(sql::Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t tables, database.QueryNumber("SELECT count(*) FROM sqlite_schema"));
  ASSIGN_OR_RETURN(const int64_t application, database.QueryNumber("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int64_t version, database.QueryNumber("PRAGMA user_version"));
  if (tables > 0 && application != kApplicationId) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", path, ": the file is another program's database; name another file"));
  }
  if (version > static_cast<int64_t>(Steps().size())) {
    return absl::FailedPreconditionError(
        base::StrCat("audit database ", path, ": written by a newer version (schema ", version,
                     ", this program knows ", Steps().size(), "); use that version"));
  }
  return tables == 0 ? 0 : version;
}

}  // namespace

absl::Status Migrate(sql::Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t version, Version(database, path));
  for (size_t step = static_cast<size_t>(version); step < Steps().size(); ++step) {
    const absl::Status status = database.Execute(base::StrCat("BEGIN IMMEDIATE;", Steps()[step],
                                                              "PRAGMA application_id=", kApplicationId,
                                                              ";PRAGMA user_version=", step + 1, ";COMMIT;"));
    if (status.ok()) continue;
    (void)database.Execute("ROLLBACK");
    return status;
  }
  return absl::OkStatus();
}

absl::Status CheckVersion(sql::Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const int64_t version, Version(database, path));
  if (version == static_cast<int64_t>(Steps().size())) return absl::OkStatus();
  return absl::FailedPreconditionError(base::StrCat("audit database ", path, ": schema ", version,
                                                    ", this program reads ", Steps().size(),
                                                    "; start the audit service once to bring it up to date"));
}

}  // namespace portcullis::audit::sqlite
