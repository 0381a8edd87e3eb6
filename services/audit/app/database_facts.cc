#include "services/audit/app/database_facts.h"

#include <memory>

#include "libs/base/status_macros.h"
#include "services/audit/adapters/store/postgresql/pg_database.h"

namespace portcullis::audit {
namespace {

constexpr char kFacts[] =
    "SELECT current_setting('server_version_num')::bigint, pg_is_in_recovery(), "
    "has_database_privilege(current_database(), 'CREATE') OR EXISTS (SELECT 1 FROM pg_namespace "
    "WHERE nspname = 'portcullis_audit' AND pg_has_role(nspowner, 'USAGE'))";

}  // namespace

absl::StatusOr<DatabaseFacts> AskDatabase(const std::string& connection, const std::string& password) {
  const postgresql::Connection place = {connection, password};
  absl::StatusOr<std::unique_ptr<postgresql::PgDatabase>> database = postgresql::PgDatabase::Connect(place);
  if (!database.ok()) {
    const bool answers = postgresql::Answers(place);
    return answers ? absl::FailedPreconditionError(database.status().message()) : database.status();
  }
  ASSIGN_OR_RETURN(const postgresql::Rows rows, (*database)->Query(kFacts));
  return DatabaseFacts{static_cast<int>(rows.Number(0, 0)), rows.Number(0, 1) != 0, rows.Number(0, 2) != 0};
}

}  // namespace portcullis::audit
