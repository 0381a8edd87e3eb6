#include "services/policy/adapters/catalog_store/postgres_catalog_store.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/catalog/policy_json.h"

namespace portcullis::policy {
namespace {

using pg::PgDatabase;
using sql::Statement;

constexpr int64_t kForm = 1;
constexpr char kPath[] = "SET search_path = portcullis_policy";
// Of all that make the tables; no others use its number ("PCLP").
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(1346587728)";
constexpr char kTables[] =
    "CREATE SCHEMA IF NOT EXISTS portcullis_policy;"
    "SET search_path = portcullis_policy;"
    "CREATE TABLE meta(key BYTEA PRIMARY KEY, value BIGINT NOT NULL);"
    "INSERT INTO meta VALUES('form', 1), ('changes', 0);"
    "CREATE TABLE policies(id BYTEA PRIMARY KEY, version BIGINT NOT NULL, body BYTEA NOT NULL);"
    "CREATE TABLE versions(id BYTEA NOT NULL, version BIGINT NOT NULL, change BYTEA NOT NULL,"
    " summary BYTEA NOT NULL, body BYTEA NOT NULL, PRIMARY KEY(id, version))";

absl::StatusOr<bool> HasTables(PgDatabase& database) {
  ASSIGN_OR_RETURN(const int64_t tables,
                   database.QueryNumber("SELECT count(*) FROM pg_catalog.pg_tables"
                                        " WHERE schemaname = 'portcullis_policy' AND tablename = 'meta'"));
  return tables > 0;
}

// Runs `work` in a transaction: all of it or nothing.
template <typename Work>
absl::Status InTransaction(PgDatabase& database, Work&& work) {
  RETURN_IF_ERROR(database.Execute("BEGIN"));
  absl::Status status = work();
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok()) (void)database.Execute("ROLLBACK");
  return status;
}

// Two services that start at once: the second finds what the first made.
absl::Status MakeTables(PgDatabase& database) {
  return InTransaction(database, [&]() -> absl::Status {
    RETURN_IF_ERROR(database.Execute(kLock));
    ASSIGN_OR_RETURN(const bool there, HasTables(database));
    return there ? absl::OkStatus() : database.Execute(kTables);
  });
}

absl::Status CheckVersion(PgDatabase& database, const CatalogResult& result) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare("SELECT version FROM policies WHERE id = ?"));
  ASSIGN_OR_RETURN(const int64_t version, statement.Bind(1, result.policy.id).RunForNumber());
  if (static_cast<uint64_t>(version) == result.version_before) return absl::OkStatus();
  return absl::AbortedError("another process changed this policy just now; ask for it again");
}

absl::Status Delete(PgDatabase& database, const std::string& id) {
  for (const std::string_view sql :
       {"DELETE FROM policies WHERE id = ?", "DELETE FROM versions WHERE id = ?"}) {
    ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
    RETURN_IF_ERROR(statement.Bind(1, id).Run());
  }
  return absl::OkStatus();
}

absl::Status WriteAll(PgDatabase& database, const CatalogResult& result) {
  // The lock on this row makes writers one after the other, whichever service they are of.
  RETURN_IF_ERROR(database.Execute("UPDATE meta SET value = value + 1 WHERE key = 'changes'"));
  RETURN_IF_ERROR(CheckVersion(database, result));
  const std::string& id = result.policy.id;
  if (result.change == "deleted") return Delete(database, id);
  const std::string body = PolicyToJson(result.policy);
  const int64_t version = static_cast<int64_t>(result.policy.version);
  ASSIGN_OR_RETURN(Statement policy,
                   database.Prepare("INSERT INTO policies(id, version, body) VALUES(?, ?, ?) ON CONFLICT(id)"
                                    " DO UPDATE SET version = EXCLUDED.version, body = EXCLUDED.body"));
  RETURN_IF_ERROR(policy.Bind(1, id).Bind(2, version).BindBlob(3, body).Run());
  ASSIGN_OR_RETURN(Statement row, database.Prepare("INSERT INTO versions(id, version, change, summary, body)"
                                                   " VALUES(?, ?, ?, ?, ?)"));
  RETURN_IF_ERROR(row.Bind(1, id)
                      .Bind(2, version)
                      .Bind(3, result.change)
                      .Bind(4, result.summary)
                      .BindBlob(5, body)
                      .Run());
  ASSIGN_OR_RETURN(Statement old, database.Prepare("DELETE FROM versions WHERE id = ? AND version <= ?"));
  return old.Bind(1, id).Bind(2, version - static_cast<int64_t>(kMaxCatalogVersions)).Run();
}

absl::StatusOr<std::vector<CatalogPolicy>> ReadPolicies(PgDatabase& database) {
  std::vector<CatalogPolicy> policies;
  ASSIGN_OR_RETURN(Statement statement, database.Prepare("SELECT id, body FROM policies"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return policies;
    auto policy = PolicyFromJson(statement.View(1));
    if (!policy.ok()) {
      return absl::DataLossError(
          base::StrCat("policy catalogue: policy ", statement.View(0), ": ", base::Message(policy.status())));
    }
    policies.push_back(*std::move(policy));
  }
}

absl::StatusOr<std::vector<CatalogVersion>> ReadVersions(PgDatabase& database, const std::string& id,
                                                         size_t limit) {
  std::vector<CatalogVersion> versions;
  ASSIGN_OR_RETURN(Statement statement, database.Prepare("SELECT change, summary, body FROM versions"
                                                         " WHERE id = ? ORDER BY version DESC LIMIT ?"));
  statement.Bind(1, id).Bind(2, static_cast<int64_t>(limit));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return versions;
    ASSIGN_OR_RETURN(CatalogPolicy policy, PolicyFromJson(statement.View(2)));
    versions.push_back({std::move(policy), statement.Bytes(0), statement.Bytes(1)});
  }
}

}  // namespace

PostgresCatalogStore::PostgresCatalogStore(const pg::Connection& connection, bool read_only,
                                           const base::Clock& clock)
    : read_only_(read_only),
      session_([connection, read_only] { return OpenSession(connection, read_only); }, clock) {}

absl::StatusOr<std::unique_ptr<PostgresCatalogStore>> PostgresCatalogStore::Open(
    const pg::Connection& connection, bool read_only, const base::Clock& clock) {
  std::unique_ptr<PostgresCatalogStore> store(new PostgresCatalogStore(connection, read_only, clock));
  RETURN_IF_ERROR(store->session_.With([](Session&) { return absl::OkStatus(); }));
  return store;
}

absl::StatusOr<std::unique_ptr<PostgresCatalogStore::Session>> PostgresCatalogStore::OpenSession(
    const pg::Connection& connection, bool read_only) {
  auto session = std::make_unique<Session>();
  ASSIGN_OR_RETURN(session->database, PgDatabase::Connect(connection));
  PgDatabase& database = *session->database;
  // A service that stands still in mid-transaction must not hold the others up for long.
  RETURN_IF_ERROR(database.Execute("SET idle_in_transaction_session_timeout = '30s'"));
  if (read_only) {
    ASSIGN_OR_RETURN(const bool there, HasTables(database));
    session->empty = !there;
    if (session->empty) return session;
  } else {
    RETURN_IF_ERROR(MakeTables(database));
  }
  RETURN_IF_ERROR(database.Execute(kPath));
  ASSIGN_OR_RETURN(const int64_t form, database.QueryNumber("SELECT value FROM meta WHERE key = 'form'"));
  if (form == kForm) return session;
  return absl::FailedPreconditionError(
      base::StrCat("policy catalogue in PostgreSQL: its form ", form, " is not known to this version"));
}

absl::StatusOr<std::vector<CatalogPolicy>> PostgresCatalogStore::Load() {
  return session_.With([](Session& session) -> absl::StatusOr<std::vector<CatalogPolicy>> {
    if (session.empty) return std::vector<CatalogPolicy>();
    return ReadPolicies(*session.database);
  });
}

absl::Status PostgresCatalogStore::Write(const CatalogResult& result) {
  if (read_only_) return absl::FailedPreconditionError("the policy catalogue is open for reading only");
  const absl::Status status = session_.With([&](Session& session) {
    return InTransaction(*session.database, [&] { return WriteAll(*session.database, result); });
  });
  if (status.ok()) ++own_changes_;
  return status;
}

absl::StatusOr<std::vector<CatalogVersion>> PostgresCatalogStore::Versions(const std::string& id,
                                                                           size_t limit) {
  return session_.With([&](Session& session) -> absl::StatusOr<std::vector<CatalogVersion>> {
    if (session.empty) return std::vector<CatalogVersion>();
    return ReadVersions(*session.database, id, limit);
  });
}

absl::StatusOr<int64_t> PostgresCatalogStore::ForeignChanges() {
  const absl::StatusOr<int64_t> changes = session_.With([](Session& session) -> absl::StatusOr<int64_t> {
    if (session.empty) return 0;
    return session.database->QueryNumber("SELECT value FROM meta WHERE key = 'changes'");
  });
  if (!changes.ok()) return changes.status();
  return *changes - own_changes_;
}

}  // namespace portcullis::policy
