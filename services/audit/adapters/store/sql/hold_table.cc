#include "services/audit/adapters/store/sql/hold_table.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/domain/query_json.h"

namespace portcullis::audit::sql {

absl::Status InsertHold(const Hold& hold, Database& database) {
  ASSIGN_OR_RETURN(const int64_t holds, database.QueryNumber("SELECT count(*) FROM holds"));
  if (holds >= static_cast<int64_t>(kMaxHolds)) {
    return absl::ResourceExhaustedError(base::StrCat(kMaxHolds, " holds are in force; release one first"));
  }
  ASSIGN_OR_RETURN(Statement insert,
                   database.Prepare("INSERT INTO holds(id, time_us, placed_by, reason, query) "
                                    "VALUES(?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  const std::string query = QueryJson(hold.query);
  insert.Bind(1, hold.id).Bind(2, hold.time_us).Bind(3, hold.by).Bind(4, hold.reason).Bind(5, query);
  RETURN_IF_ERROR(insert.Run());
  if (database.changes() > 0) return absl::OkStatus();
  return absl::AlreadyExistsError(base::StrCat("there is a hold ", hold.id, " already"));
}

absl::StatusOr<bool> DeleteHold(const std::string& id, Database& database) {
  ASSIGN_OR_RETURN(Statement remove, database.Prepare("DELETE FROM holds WHERE id = ?"));
  RETURN_IF_ERROR(remove.Bind(1, id).Run());
  return database.changes() > 0;
}

absl::StatusOr<std::vector<Hold>> ReadHolds(Database& database) {
  ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT id, time_us, placed_by, reason, query FROM holds "
                                                    "ORDER BY time_us, id"));
  std::vector<Hold> holds;
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return holds;
    Hold hold{rows.Bytes(0), rows.Number(1), rows.Bytes(2), rows.Bytes(3), {}};
    absl::StatusOr<Query> query = ParseQuery(rows.View(4));
    if (!query.ok()) {
      return absl::DataLossError(base::StrCat("audit database: the hold ", hold.id,
                                              " cannot be read: ", base::Message(query.status())));
    }
    hold.query = *std::move(query);
    holds.push_back(std::move(hold));
  }
}

}  // namespace portcullis::audit::sql
