// What a PostgreSQL server says of itself when it is asked as the audit service asks.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace portcullis::audit {

struct DatabaseFacts {
  int version = 0;         // 150004 is 15.4
  bool replica = false;    // it takes no writes
  bool may_write = false;  // the role may make our tables, or owns them
};

// `connection` is libpq's, without a password; `password` "" = none. Blocks some seconds. UNAVAILABLE: there
// is no server; FAILED_PRECONDITION: it refuses the login, in its own words.
absl::StatusOr<DatabaseFacts> AskDatabase(const std::string& connection, const std::string& password);

}  // namespace portcullis::audit
