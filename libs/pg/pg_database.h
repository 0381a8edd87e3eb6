// PostgreSQL 15 or later through libpq, with statuses and owned handles. Numbers are BIGINT, texts and bytes
// BYTEA: what clients send need not be text to the database. Errors never hold values, nor the password.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/sql/database.h"

struct pg_conn;
struct pg_result;

namespace portcullis::pg {

// Where a database is.
struct Connection {
  std::string parameters;                  // a libpq connection string or URI, without a password
  std::string password;                    // "" = none
  std::string application = "portcullis";  // as the server lists its sessions
};

// INVALID_ARGUMENT: libpq cannot read the parameters, or they hold a password.
absl::Status CheckParameters(const std::string& parameters);

// Whether a server takes connections there, whatever it says to the login.
bool Answers(const Connection& connection);

// A parameter that many values go in as: an array of BIGINT or of BYTEA, in the protocol's binary form.
class ArrayParameter {
 public:
  static ArrayParameter Numbers(std::span<const int64_t> values);
  static ArrayParameter Bytes(std::span<const std::string_view> values);

  uint32_t type() const { return type_; }
  const std::string& bytes() const { return bytes_; }

 private:
  uint32_t type_ = 0;
  std::string bytes_;
};

// The rows of an answer.
class Rows {
 public:
  explicit Rows(pg_result* result = nullptr) : result_(result) {}

  int size() const;
  int64_t Number(int row, int column) const;
  std::string_view View(int row, int column) const;
  int64_t changed() const;
  pg_result* get() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

// Rows for COPY in its binary form.
class CopyBuffer {
 public:
  CopyBuffer() { Clear(); }

  void BeginRow(int columns);
  void Number(int64_t value);
  void Bytes(std::string_view bytes);

  bool empty() const { return rows_ == 0; }
  void Clear();
  std::string Finish();  // and clears

 private:
  std::string bytes_;
  size_t rows_ = 0;
};

class PgDatabase final : public sql::Database {
 public:
  // FAILED_PRECONDITION: the server refuses (password, database, rights). UNAVAILABLE: it cannot be reached.
  static absl::StatusOr<std::unique_ptr<PgDatabase>> Connect(const Connection& connection);

  // Of each transaction that writes: a number that no other session has. The row with the key 'writer' of the
  // table `meta` (key BYTEA, value BIGINT) holds the last one.
  void SetWriter(int64_t writer) { writer_ = writer; }

  absl::Status Execute(const std::string& sql) override;
  absl::StatusOr<sql::Statement> Prepare(std::string_view sql) override;
  int64_t changes() const override { return changes_; }
  absl::StatusOr<bool> BeginWrite() override;
  absl::Status BeginRead() override;

  // One statement with arrays for $1, $2...
  absl::StatusOr<Rows> Query(const std::string& sql, std::span<const ArrayParameter> parameters = {});
  absl::Status CopyIn(const std::string& sql, std::string_view rows);

  // The connection is gone: looks for it, without waiting.
  bool Lost();

 private:
  friend class PgCursor;
  struct Finish {
    void operator()(pg_conn* connection) const;
  };

  PgDatabase(pg_conn* connection, std::string place) : connection_(connection), place_(std::move(place)) {}

  absl::Status Error(const pg_result* result);
  absl::StatusOr<Rows> Take(pg_result* result);

  std::unique_ptr<pg_conn, Finish> connection_;
  const std::string place_;  // for messages
  int64_t writer_ = 0;
  int64_t changes_ = 0;
  uint64_t next_statement_ = 0;
};

}  // namespace portcullis::pg
