#include "libs/pg/database_facts.h"

#include <memory>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::pg {

absl::StatusOr<DatabaseFacts> AskDatabase(const Connection& connection, std::string_view schema) {
  absl::StatusOr<std::unique_ptr<PgDatabase>> database = PgDatabase::Connect(connection);
  if (!database.ok()) {
    const bool answers = Answers(connection);
    return answers ? absl::FailedPreconditionError(database.status().message()) : database.status();
  }
  ASSIGN_OR_RETURN(
      const Rows rows,
      (*database)->Query(base::StrCat(
          "SELECT current_setting('server_version_num')::bigint, pg_is_in_recovery(), "
          "has_database_privilege(current_database(), 'CREATE') OR EXISTS (SELECT 1 FROM pg_namespace "
          "WHERE nspname = '",
          schema, "' AND pg_has_role(nspowner, 'USAGE'))")));
  return DatabaseFacts{static_cast<int>(rows.Number(0, 0)), rows.Number(0, 1) != 0, rows.Number(0, 2) != 0};
}

}  // namespace portcullis::pg
