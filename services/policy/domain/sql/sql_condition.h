// Conditions that attacks add to a statement: always true, always false, or a question to the database.
#pragma once

#include "services/policy/domain/sql/sql_reader.h"

namespace portcullis::policy {

struct SqlCondition {
  enum class Kind : uint8_t {
    kNone,
    kOpen,
    kConstants,  // compares two constants: 1=1, 'a' like 'a
    kSame,       // the same with itself
    kComment,    // a constant, and a comment cuts off the rest
    kAsks,       // holds a select, or calls a function that asks the database
    kDelays,
  };
  Kind kind = Kind::kNone;
  size_t end = 0;
};

// The condition that `reader` (a copy) stands before.
SqlCondition ReadSqlCondition(SqlReader reader);

}  // namespace portcullis::policy
