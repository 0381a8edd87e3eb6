#include "services/audit/adapters/store/sqlite/find_statement.h"

#include <algorithm>
#include <limits>
#include <string>

#include "libs/base/status_macros.h"

namespace portcullis::audit::sqlite {
namespace {

// Parameters: 1 since, 2 until, 3 verdict, 4 request id, 5 tenant, 6 after, 7 limit.
std::string FindSql(const Query& query) {
  std::string sql = "SELECT row, root, leaves FROM records WHERE ";
  if (query.after != 0) {
    sql += query.newest_first ? "row < ?6" : "row > ?6";
  } else if (query.since_us != 0 && !query.newest_first) {
    // Where the first row may be, so that older records are not read one by one.
    sql += "row >= (SELECT min(row) FROM records WHERE time_us >= ?1)";
  } else {
    sql += "row > 0";
  }
  if (query.since_us != 0) sql += " AND time_us >= ?1";
  if (query.until_us != 0) sql += " AND time_us < ?2";
  if (!query.verdict.empty()) {
    sql += " AND verdict = ?3";
    if (query.verdict != "allow")
      sql += " AND verdict NOT IN ('', 'allow')";  // the partial index's condition
  }
  if (!query.request_id.empty()) sql += " AND request_id = ?4";
  if (!query.tenant.empty()) sql += " AND tenant = ?5 AND tenant <> ''";
  if (!query.newest_first) return sql + " ORDER BY row LIMIT ?7";
  // "+row" makes SQLite take the index by time: the newest part is small, the table may not be.
  return sql + (query.since_us != 0 ? " ORDER BY +row DESC LIMIT ?7" : " ORDER BY row DESC LIMIT ?7");
}

}  // namespace

absl::StatusOr<Statement> PrepareFind(Database& database, const Query& query, int64_t limit) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare(FindSql(query)));
  // Binding a parameter that the text does not have is without effect.
  constexpr uint64_t kMaxRow = std::numeric_limits<int64_t>::max();
  statement.Bind(1, query.since_us)
      .Bind(2, query.until_us)
      .Bind(3, query.verdict)
      .Bind(4, query.request_id)
      .Bind(5, query.tenant)
      .Bind(6, static_cast<int64_t>(std::min(query.after, kMaxRow)))
      .Bind(7, limit);
  return statement;
}

}  // namespace portcullis::audit::sqlite
