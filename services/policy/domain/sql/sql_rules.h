// The kinds of SQL injection, as findings and the configuration name them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::policy {

enum class SqlRule : uint16_t {
  kTautology,
  kUnion,
  kStacked,
  kTimeDelay,
  kComment,
  kBlind,
  kOrderBy,
  kFileAccess
};

struct SqlRuleInfo {
  std::string_view name;
  std::string_view reason;  // for people, as a noun
};

inline constexpr std::array<SqlRuleInfo, 8> kSqlRules = {{
    {"tautology", "SQL that adds a condition which is always true or false"},
    {"union", "SQL that joins a second query to a value"},
    {"stacked", "SQL that ends a statement and begins another"},
    {"time_delay", "SQL that makes a database wait"},
    {"comment", "SQL that cuts off the rest of a statement by a comment"},
    {"blind", "SQL that asks a database through a value"},
    {"order_by", "SQL that counts the columns of a query"},
    {"file_access", "SQL that reads or writes files through a value"},
}};

}  // namespace portcullis::policy
