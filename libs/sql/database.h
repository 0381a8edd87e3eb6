// A relational database as stores use it: prepared statements and transactions, with statuses. Implemented
// for one database each.
//
// Values are 64-bit numbers, texts and bytes. Parameters are `?` or `?N`, from 1 on; columns count from 0.
// Not thread-safe: one user per Database at a time. UNAVAILABLE: try again later. DATA_LOSS: it is damaged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace portcullis::sql {

// What a database does of a statement. Bound texts and bytes are not copied: they must live until the
// statement was stepped. What View gives is valid until the next step or reset.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual void Bind(int index, int64_t value) = 0;
  virtual void BindText(int index, std::string_view text) = 0;
  virtual void BindBlob(int index, std::string_view bytes) = 0;
  virtual absl::StatusOr<bool> Step() = 0;
  virtual void Reset() = 0;
  virtual int64_t Number(int column) const = 0;
  virtual std::string_view View(int column) const = 0;
};

// A prepared statement.
class Statement {
 public:
  Statement() = default;
  explicit Statement(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  Statement& Bind(int index, int64_t value);
  Statement& Bind(int index, std::string_view text);
  Statement& BindBlob(int index, std::string_view bytes);

  // One step: true = a row, false = done. The statement must be reset before it is bound again.
  absl::StatusOr<bool> Step() { return cursor_->Step(); }

  // Steps to the end and resets.
  absl::Status Run();

  // The first column of the first row, if there is a row; resets.
  absl::StatusOr<std::string> RunForBytes();  // "" if there is none
  absl::StatusOr<int64_t> RunForNumber();     // 0 if there is none

  void Reset() { cursor_->Reset(); }

  int64_t Number(int column) const { return cursor_->Number(column); }
  std::string Bytes(int column) const { return std::string(cursor_->View(column)); }
  std::string_view View(int column) const { return cursor_->View(column); }

 private:
  std::unique_ptr<Cursor> cursor_;
};

class Database {
 public:
  virtual ~Database() = default;

  // Runs statements that need no values.
  virtual absl::Status Execute(const std::string& sql) = 0;

  virtual absl::StatusOr<Statement> Prepare(std::string_view sql) = 0;

  // Rows that the last statement changed.
  virtual int64_t changes() const = 0;

  // Begins a transaction that writes, alone among all writers. True: others wrote since the last one of this
  // Database, so that what is remembered of the tables must be read anew.
  virtual absl::StatusOr<bool> BeginWrite() = 0;

  // Begins a transaction that sees one moment.
  virtual absl::Status BeginRead() = 0;

  // A word after the name of the table of records that makes a query go by their request id, or by row.
  virtual std::string_view by_request_hint() const { return ""; }
  virtual std::string_view by_row_hint() const { return ""; }

  // First column of the first row of a query that has one.
  absl::StatusOr<int64_t> QueryNumber(std::string_view sql);
};

}  // namespace portcullis::sql
