// Tables of the audit database, and the steps from older versions to the present one.
//
// The schema `portcullis_audit` has what all logs share: spools, leaves (by day), records, contents, names,
// blocks and columns as in SQLite (../sqlite/schema.h), and
//   meta     next_row; writer = the session that wrote last
//   logs     a number for each log id
//   version  of these tables
// Each audit service has a log of its own, in the schema `portcullis_audit_log_N`: log, tree, tiles, runs,
// heads. A session finds both by its search path.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/audit/adapters/store/postgresql/pg_database.h"

namespace portcullis::audit::postgresql {

// Brings the database to the present version, makes the log if it is not there, and takes it for this
// session. FAILED_PRECONDITION: a newer version. UNAVAILABLE: another session has this log.
absl::Status OpenLog(PgDatabase& database, const std::string& log_id);

// For reading: finds the log ("" = records only). FAILED_PRECONDITION: another version. NOT_FOUND: no tables,
// or no such log.
absl::Status FindLog(PgDatabase& database, const std::string& log_id);

}  // namespace portcullis::audit::postgresql
