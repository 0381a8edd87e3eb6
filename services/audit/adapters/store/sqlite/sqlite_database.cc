#include "services/audit/adapters/store/sqlite/sqlite_database.h"

#include <sqlite3.h>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int kBusyMillis = 5000;

absl::Status Error(sqlite3* handle) {
  const char* path = sqlite3_db_filename(handle, "main");
  std::string text =
      base::StrCat("audit database ", path == nullptr ? "" : path, ": ", sqlite3_errmsg(handle));
  switch (sqlite3_errcode(handle)) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(base::StrCat(
          text,
          "; move the file away to start with an empty one, and keep it: its records may be recovered"));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return absl::FailedPreconditionError(text);
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
      return absl::InvalidArgumentError(text);
    default:
      return absl::UnavailableError(text);
  }
}

class SqliteCursor final : public sql::Cursor {
 public:
  explicit SqliteCursor(sqlite3_stmt* statement) : statement_(statement) {}

  void Bind(int index, int64_t value) override { sqlite3_bind_int64(statement_.get(), index, value); }
  void BindText(int index, std::string_view text) override {
    // A null pointer would bind NULL.
    const char* data = text.data() == nullptr ? "" : text.data();
    sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void BindBlob(int index, std::string_view bytes) override {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC);
  }
  absl::StatusOr<bool> Step() override {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    return Error(sqlite3_db_handle(statement_.get()));
  }
  void Reset() override { sqlite3_reset(statement_.get()); }
  int64_t Number(int column) const override { return sqlite3_column_int64(statement_.get(), column); }
  std::string_view View(int column) const override {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return data == nullptr ? std::string_view()
                           : std::string_view(static_cast<const char*>(data), static_cast<size_t>(size));
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace

void SqliteDatabase::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

absl::StatusOr<SqliteDatabase> SqliteDatabase::Open(const std::string& path, OpenMode mode) {
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (mode == OpenMode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  SqliteDatabase database(handle);
  if (result != SQLITE_OK) {
    return absl::FailedPreconditionError(base::StrCat(
        "audit database ", path, ": ", handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)));
  }
  sqlite3_busy_timeout(handle, kBusyMillis);
  // The first look at the file: tells one that is no database.
  RETURN_IF_ERROR(database.QueryNumber("SELECT count(*) FROM sqlite_schema").status());
  return database;
}

absl::Status SqliteDatabase::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK)
    return absl::OkStatus();
  return Error(handle_.get());
}

absl::StatusOr<sql::Statement> SqliteDatabase::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return Error(handle_.get());
  return sql::Statement(std::make_unique<SqliteCursor>(statement));
}

absl::StatusOr<bool> SqliteDatabase::BeginWrite() {
  RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  return false;
}

int64_t SqliteDatabase::changes() const { return sqlite3_changes64(handle_.get()); }

}  // namespace portcullis::audit::sqlite
