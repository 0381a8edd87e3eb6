#include "services/policy/adapters/catalog_store/sqlite_catalog_store.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/policy/domain/catalog/policy_json.h"

namespace portcullis::policy {
namespace {

constexpr int kBusyMillis = 5'000;
constexpr int64_t kSchema = 1;
constexpr char kTables[] =
    "CREATE TABLE policies(id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE versions(id TEXT NOT NULL, version INTEGER NOT NULL, change TEXT NOT NULL, summary TEXT "
    "NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY(id, version)) WITHOUT ROWID;"
    "PRAGMA user_version=1;";

absl::Status Told(int code, std::string_view path, const char* what) {
  const std::string text = base::StrCat("policy catalogue ", path, ": ", what);
  switch (code) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(base::StrCat(text, "; move the file away to start with an empty catalogue"));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::FailedPreconditionError(text);
    default:
      return absl::UnavailableError(text);
  }
}

}  // namespace

class SqliteCatalogStore::Statement {
 public:
  Statement(const SqliteCatalogStore* store, sqlite3_stmt* statement)
      : store_(store), statement_(statement) {}

  Statement& Bind(std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  Statement& Bind(uint64_t number) {
    sqlite3_bind_int64(statement_.get(), ++bound_, static_cast<int64_t>(number));
    return *this;
  }

  // Whether there is a further row.
  absl::StatusOr<bool> Step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return store_->Error();
  }

  int64_t Number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  std::string Text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return data == nullptr
               ? ""
               : std::string(data, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)));
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  const SqliteCatalogStore* store_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

absl::StatusOr<std::unique_ptr<SqliteCatalogStore>> SqliteCatalogStore::Open(const std::string& path,
                                                                             bool read_only) {
  std::error_code error;
  if (read_only && !std::filesystem::exists(path, error)) {
    return std::unique_ptr<SqliteCatalogStore>(new SqliteCatalogStore(path, nullptr));
  }
  const int flags =
      SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* database = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  std::unique_ptr<SqliteCatalogStore> store(new SqliteCatalogStore(path, database));
  if (opened != SQLITE_OK) {
    const char* what = database == nullptr ? "out of memory" : sqlite3_errmsg(database);
    return absl::FailedPreconditionError(base::StrCat("policy catalogue ", path, ": ", what));
  }
  sqlite3_busy_timeout(database, kBusyMillis);
  RETURN_IF_ERROR(store->Number("SELECT count(*) FROM sqlite_schema").status());
  if (!read_only) {
    // For owner and group; SQLite gives its other files the permissions of this one.
    std::filesystem::permissions(path, std::filesystem::perms(0640), error);
    RETURN_IF_ERROR(store->Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"));
    RETURN_IF_ERROR(store->MakeSchema());
  }
  ASSIGN_OR_RETURN(const int64_t schema, store->Number("PRAGMA user_version"));
  if (schema == kSchema) return store;
  return absl::FailedPreconditionError(
      base::StrCat("policy catalogue ", path, ": its form ", schema, " is not known to this version"));
}

SqliteCatalogStore::~SqliteCatalogStore() { sqlite3_close_v2(database_); }

absl::Status SqliteCatalogStore::Error() const {
  return Told(sqlite3_errcode(database_), path_, sqlite3_errmsg(database_));
}

absl::Status SqliteCatalogStore::Execute(const char* sql) {
  return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus() : Error();
}

absl::StatusOr<SqliteCatalogStore::Statement> SqliteCatalogStore::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr) !=
      SQLITE_OK) {
    return Error();
  }
  return Statement(this, statement);
}

absl::StatusOr<int64_t> SqliteCatalogStore::Number(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Number(0) : 0;
}

// Two processes that start at once: the second finds what the first made.
absl::Status SqliteCatalogStore::MakeSchema() {
  RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  const absl::StatusOr<int64_t> schema = Number("PRAGMA user_version");
  absl::Status status = schema.status();
  if (status.ok() && *schema == 0) status = Execute(kTables);
  if (status.ok()) return Execute("COMMIT");
  (void)Execute("ROLLBACK");
  return status;
}

absl::StatusOr<std::vector<CatalogPolicy>> SqliteCatalogStore::Load() {
  std::vector<CatalogPolicy> policies;
  if (database_ == nullptr) return policies;
  ASSIGN_OR_RETURN(Statement statement, Prepare("SELECT id, body FROM policies"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return policies;
    auto policy = PolicyFromJson(statement.Text(1));
    if (!policy.ok()) {
      return absl::DataLossError(base::StrCat("policy catalogue ", path_, ": policy ", statement.Text(0),
                                              ": ", base::Message(policy.status())));
    }
    policies.push_back(*std::move(policy));
  }
}

absl::Status SqliteCatalogStore::Write(const CatalogResult& result) {
  if (database_ == nullptr)
    return absl::FailedPreconditionError("the policy catalogue is open for reading only");
  RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  absl::Status status = WriteAll(result);
  if (status.ok()) status = Execute("COMMIT");
  if (!status.ok()) (void)Execute("ROLLBACK");
  return status;
}

absl::Status SqliteCatalogStore::CheckVersion(const CatalogResult& result) {
  ASSIGN_OR_RETURN(Statement statement, Prepare("SELECT version FROM policies WHERE id=?"));
  ASSIGN_OR_RETURN(const bool row, statement.Bind(result.policy.id).Step());
  const uint64_t version = row ? static_cast<uint64_t>(statement.Number(0)) : 0;
  if (version == result.version_before) return absl::OkStatus();
  return absl::AbortedError("another process changed this policy just now; ask for it again");
}

absl::Status SqliteCatalogStore::WriteAll(const CatalogResult& result) {
  RETURN_IF_ERROR(CheckVersion(result));
  if (result.change == "deleted") {
    for (const std::string_view sql :
         {"DELETE FROM policies WHERE id=?", "DELETE FROM versions WHERE id=?"}) {
      ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
      RETURN_IF_ERROR(statement.Bind(result.policy.id).Step().status());
    }
    return absl::OkStatus();
  }
  const std::string body = PolicyToJson(result.policy);
  const uint64_t version = result.policy.version;
  ASSIGN_OR_RETURN(Statement policy,
                   Prepare("INSERT OR REPLACE INTO policies(id, version, body) VALUES(?,?,?)"));
  RETURN_IF_ERROR(policy.Bind(result.policy.id).Bind(version).Bind(body).Step().status());
  ASSIGN_OR_RETURN(Statement row,
                   Prepare("INSERT INTO versions(id, version, change, summary, body) VALUES(?,?,?,?,?)"));
  RETURN_IF_ERROR(row.Bind(result.policy.id)
                      .Bind(version)
                      .Bind(result.change)
                      .Bind(result.summary)
                      .Bind(body)
                      .Step()
                      .status());
  if (version <= kMaxCatalogVersions) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement old, Prepare("DELETE FROM versions WHERE id=? AND version<=?"));
  return old.Bind(result.policy.id).Bind(version - kMaxCatalogVersions).Step().status();
}

absl::StatusOr<std::vector<CatalogVersion>> SqliteCatalogStore::Versions(const std::string& id,
                                                                         size_t limit) {
  std::vector<CatalogVersion> versions;
  if (database_ == nullptr) return versions;
  ASSIGN_OR_RETURN(
      Statement statement,
      Prepare("SELECT change, summary, body FROM versions WHERE id=? ORDER BY version DESC LIMIT ?"));
  statement.Bind(id).Bind(uint64_t{limit});
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return versions;
    ASSIGN_OR_RETURN(CatalogPolicy policy, PolicyFromJson(statement.Text(2)));
    versions.push_back({std::move(policy), statement.Text(0), statement.Text(1)});
  }
}

absl::StatusOr<int64_t> SqliteCatalogStore::ForeignChanges() {
  return database_ == nullptr ? absl::StatusOr<int64_t>(0) : Number("PRAGMA data_version");
}

}  // namespace portcullis::policy
