// What a PostgreSQL server says of itself when it is asked as a service asks.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "libs/pg/pg_database.h"

namespace portcullis::pg {

struct DatabaseFacts {
  int version = 0;         // 150004 is 15.4
  bool replica = false;    // it takes no writes
  bool may_write = false;  // the role may make the schema, or owns it
};

// Blocks some seconds. `schema`: a name that needs no quotes. UNAVAILABLE: there is no server;
// FAILED_PRECONDITION: it refuses the login, in its own words.
absl::StatusOr<DatabaseFacts> AskDatabase(const Connection& connection, std::string_view schema);

}  // namespace portcullis::pg
