#include "services/audit/adapters/store/postgresql/pg_schema.h"

#include <array>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/store/sql/record_row.h"

namespace portcullis::audit::postgresql {
namespace {

// Advisory locks of this program: for its migrations, and with the number of a log for that.
constexpr int kLockClass = 0x50434c41;  // "PCLA"
constexpr char kPath[] = "SET search_path = portcullis_audit";

// Step i brings version i to i + 1. Steps are never changed once released, only added.
const std::array<std::string, 3>& Steps() {
  static const std::array<std::string, 3> kSteps = {R"sql(
CREATE TABLE meta(key BYTEA PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO meta VALUES('next_row', 1), ('writer', 0);
CREATE TABLE logs(number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id BYTEA NOT NULL UNIQUE);
CREATE TABLE spools(number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id BYTEA NOT NULL UNIQUE);
CREATE TABLE leaves(day BIGINT NOT NULL, leaf BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY(leaf, day))
  PARTITION BY LIST(day);
CREATE TABLE leaves_0 PARTITION OF leaves FOR VALUES IN (0);
CREATE TABLE names(id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind BIGINT NOT NULL, text BYTEA NOT NULL);
CREATE INDEX names_by_text ON names USING hash(text);
CREATE TABLE blocks(block BIGINT PRIMARY KEY, min_time BIGINT NOT NULL, max_time BIGINT NOT NULL,
  max_cost BIGINT NOT NULL, live BYTEA NOT NULL, names BYTEA NOT NULL);
ALTER TABLE blocks ALTER live SET STORAGE PLAIN, ALTER names SET STORAGE PLAIN;
CREATE TABLE columns(key BIGINT PRIMARY KEY, bytes BYTEA NOT NULL);
)sql" + sql::CreateRecordsSql("BIGINT", "BYTEA") + R"sql(;
CREATE UNIQUE INDEX records_by_root ON records(root);
CREATE INDEX records_by_request ON records USING hash(request_id);
)sql",
                                                    // What was removed before is not known: any leaf of an
                                                    // old spool is looked for in the logs.
                                                    R"sql(
ALTER TABLE spools ADD COLUMN removed_to BIGINT NOT NULL DEFAULT 0;
UPDATE spools SET removed_to = 1099511627775;
INSERT INTO meta VALUES('names_unused', 0);
CREATE TABLE holds(id BYTEA PRIMARY KEY, time_us BIGINT NOT NULL, placed_by BYTEA NOT NULL,
  reason BYTEA NOT NULL, query BYTEA NOT NULL);
)sql",
                                                    R"sql(
CREATE TABLE subjects(number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tag BYTEA NOT NULL UNIQUE,
  secret BYTEA NOT NULL);
CREATE TABLE contents(leaf BIGINT PRIMARY KEY, subject BIGINT NOT NULL, key_id BYTEA NOT NULL,
  sealed BYTEA NOT NULL, body BYTEA NOT NULL);
CREATE INDEX contents_by_subject ON contents(subject);
)sql"};
  return kSteps;
}

std::string CreateLogSql(int64_t number, const std::string& log_id) {
  const std::string schema = base::StrCat("portcullis_audit_log_", number);
  return base::StrCat(
      "CREATE SCHEMA ", schema, ";CREATE TABLE ", schema, ".log(id BYTEA NOT NULL);INSERT INTO ", schema,
      ".log VALUES('", log_id, "');CREATE TABLE ", schema, ".tree(size BIGINT NOT NULL);INSERT INTO ", schema,
      ".tree VALUES(0);CREATE TABLE ", schema,
      ".tiles(level BIGINT NOT NULL, tile BIGINT NOT NULL, hashes BYTEA NOT NULL, "
      "PRIMARY KEY(level, tile));ALTER TABLE ",
      schema, ".tiles ALTER hashes SET STORAGE EXTERNAL;CREATE TABLE ", schema,
      ".runs(position BIGINT PRIMARY KEY, leaf BIGINT NOT NULL UNIQUE, count BIGINT NOT NULL);"
      "CREATE TABLE ",
      schema,
      ".heads(size BIGINT PRIMARY KEY, root BYTEA NOT NULL, time_us BIGINT NOT NULL, "
      "key_id BYTEA NOT NULL, signature BYTEA NOT NULL)");
}

// Of the tables that are there, 0 if there are none.
absl::StatusOr<int64_t> Version(PgDatabase& database) {
  ASSIGN_OR_RETURN(const Rows there,
                   database.Query("SELECT to_regclass('portcullis_audit.version') IS NOT NULL"));
  if (there.Number(0, 0) == 0) return 0;
  ASSIGN_OR_RETURN(const int64_t version,
                   database.QueryNumber("SELECT version FROM portcullis_audit.version"));
  if (version > static_cast<int64_t>(Steps().size())) {
    return absl::FailedPreconditionError(
        base::StrCat("PostgreSQL: the audit tables are of a newer version (schema ", version,
                     ", this program knows ", Steps().size(), "); use that version"));
  }
  return version;
}

// Inside a transaction.
absl::Status MakeTables(PgDatabase& database) {
  RETURN_IF_ERROR(database.Execute(base::StrCat("SELECT pg_advisory_xact_lock(", kLockClass, ", 0)")));
  ASSIGN_OR_RETURN(const int64_t version, Version(database));
  if (version == 0) {
    RETURN_IF_ERROR(
        database.Execute("CREATE SCHEMA IF NOT EXISTS portcullis_audit;"
                         "CREATE TABLE portcullis_audit.version(version BIGINT NOT NULL);"
                         "INSERT INTO portcullis_audit.version VALUES(0)"));
  }
  RETURN_IF_ERROR(database.Execute(kPath));
  for (size_t step = static_cast<size_t>(version); step < Steps().size(); ++step) {
    RETURN_IF_ERROR(
        database.Execute(base::StrCat(Steps()[step], ";UPDATE version SET version = ", step + 1)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> LogNumber(PgDatabase& database, const std::string& log_id) {
  return database.QueryNumber(base::StrCat("SELECT number FROM logs WHERE id = '", log_id, "'"));
}

// Inside the same transaction.
absl::Status MakeLog(PgDatabase& database, const std::string& log_id) {
  ASSIGN_OR_RETURN(int64_t number, LogNumber(database, log_id));
  if (number != 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(number, database.QueryNumber(
                               base::StrCat("INSERT INTO logs(id) VALUES('", log_id, "') RETURNING number")));
  return database.Execute(CreateLogSql(number, log_id));
}

absl::Status UseLog(PgDatabase& database, int64_t number) {
  return database.Execute(base::StrCat(kPath, ", portcullis_audit_log_", number));
}

}  // namespace

absl::Status OpenLog(PgDatabase& database, const std::string& log_id) {
  RETURN_IF_ERROR(database.Execute("BEGIN"));
  absl::Status made = MakeTables(database);
  if (made.ok()) made = MakeLog(database, log_id);
  if (made.ok()) made = database.Execute("COMMIT");
  if (!made.ok()) {
    (void)database.Execute("ROLLBACK");
    return made;
  }
  RETURN_IF_ERROR(database.Execute(kPath));
  ASSIGN_OR_RETURN(const int64_t number, LogNumber(database, log_id));
  // The session before this one may not be at its end yet.
  RETURN_IF_ERROR(database.Execute("SET lock_timeout = '3s'"));
  if (!database.Execute(base::StrCat("SELECT pg_advisory_lock(", kLockClass, ", ", number, ")")).ok()) {
    return absl::UnavailableError(base::StrCat("PostgreSQL: another audit service writes log ", log_id,
                                               "; give each a state folder of its own"));
  }
  RETURN_IF_ERROR(database.Execute("SET lock_timeout = '20s'"));
  return UseLog(database, number);
}

absl::Status FindLog(PgDatabase& database, const std::string& log_id) {
  ASSIGN_OR_RETURN(const int64_t version, Version(database));
  if (version == 0) return absl::NotFoundError("PostgreSQL: the database has no audit tables yet");
  if (version != static_cast<int64_t>(Steps().size())) {
    return absl::FailedPreconditionError(
        base::StrCat("PostgreSQL: the audit tables are of schema ", version, ", this program reads ",
                     Steps().size(), "; start the audit service once to bring them up to date"));
  }
  RETURN_IF_ERROR(database.Execute(kPath));
  if (log_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t number, LogNumber(database, log_id));
  if (number == 0) return absl::NotFoundError(base::StrCat("PostgreSQL: there is no log ", log_id));
  return UseLog(database, number);
}

}  // namespace portcullis::audit::postgresql
