// SQLite with statuses and owned handles. Not thread-safe: one user per Database at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace portcullis::audit::sqlite {

// A prepared statement. Its bindings keep no copy of texts: they must live until the statement was stepped.
class Statement {
 public:
  Statement() = default;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  Statement& Bind(int index, int64_t value);
  Statement& Bind(int index, std::string_view text);
  Statement& BindBlob(int index, std::string_view bytes);

  // One step: true = a row, false = done. The statement must be reset before it is bound again.
  absl::StatusOr<bool> Step();

  // Steps to the end and resets.
  absl::Status Run();

  // The first column of the first row, "" if there is no row; resets.
  absl::StatusOr<std::string> RunForBytes();

  void Reset();

  int64_t Number(int column) const;
  std::string Bytes(int column) const;
  std::string_view View(int column) const;  // the same, until the next step or reset

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

enum class OpenMode : uint8_t { kReadWrite, kReadOnly };

class Database {
 public:
  // Opens the file, making it if it is to be written. Errors name the file; one that is no database or is
  // damaged is DATA_LOSS.
  static absl::StatusOr<Database> Open(const std::string& path, OpenMode mode);

  // Runs statements that need no values.
  absl::Status Execute(const std::string& sql);

  absl::StatusOr<Statement> Prepare(std::string_view sql);

  // First column of the first row of a query that has one.
  absl::StatusOr<int64_t> QueryNumber(std::string_view sql);

  // Rows that the last statement changed.
  int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit Database(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace portcullis::audit::sqlite
