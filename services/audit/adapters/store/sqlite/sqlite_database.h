// SQLite with statuses and owned handles.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"

struct sqlite3;

namespace portcullis::audit::sqlite {

enum class OpenMode : uint8_t { kReadWrite, kReadOnly };

class SqliteDatabase final : public sql::Database {
 public:
  // Opens the file, making it if it is to be written. Errors name the file; one that is no database or is
  // damaged is DATA_LOSS.
  static absl::StatusOr<SqliteDatabase> Open(const std::string& path, OpenMode mode);

  absl::Status Execute(const std::string& sql) override;
  absl::StatusOr<sql::Statement> Prepare(std::string_view sql) override;
  int64_t changes() const override;
  absl::StatusOr<bool> BeginWrite() override;  // never true: the file has one writer
  absl::Status BeginRead() override { return Execute("BEGIN"); }
  std::string_view by_request_hint() const override { return "INDEXED BY records_by_request"; }
  std::string_view by_row_hint() const override { return "NOT INDEXED"; }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace portcullis::audit::sqlite
