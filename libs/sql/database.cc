#include "libs/sql/database.h"

#include "libs/base/status_macros.h"

namespace portcullis::sql {

Statement& Statement::Bind(int index, int64_t value) {
  cursor_->Bind(index, value);
  return *this;
}

Statement& Statement::Bind(int index, std::string_view text) {
  cursor_->BindText(index, text);
  return *this;
}

Statement& Statement::BindBlob(int index, std::string_view bytes) {
  cursor_->BindBlob(index, bytes);
  return *this;
}

absl::Status Statement::Run() {
  for (;;) {
    const absl::StatusOr<bool> row = Step();
    if (row.ok() && *row) continue;
    Reset();
    return row.status();
  }
}

absl::StatusOr<std::string> Statement::RunForBytes() {
  const absl::StatusOr<bool> row = Step();
  std::string bytes = row.ok() && *row ? Bytes(0) : std::string();
  Reset();
  RETURN_IF_ERROR(row.status());
  return bytes;
}

absl::StatusOr<int64_t> Statement::RunForNumber() {
  const absl::StatusOr<bool> row = Step();
  const int64_t number = row.ok() && *row ? Number(0) : 0;
  Reset();
  RETURN_IF_ERROR(row.status());
  return number;
}

absl::StatusOr<int64_t> Database::QueryNumber(std::string_view sql) {
  ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  return statement.RunForNumber();
}

}  // namespace portcullis::sql
