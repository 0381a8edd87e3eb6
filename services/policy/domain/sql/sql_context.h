// What stands before a piece of SQL: an attack first breaks out of the value that it was written into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/policy/domain/scan/matcher.h"

namespace portcullis::policy {

enum class SqlBreak : uint8_t {
  kNone,
  kStart,   // nothing: the value begins here
  kNumber,  // the value is a number so far: "-4721 or ..."
  kBroken,  // a quote or parenthesis that ends a value: "x') or ..."
};

// Where the comment begins whose text some databases run ("/*!50000union*/") if its number ends at
// `position`; else `position`.
size_t BeforeVersion(std::string_view text, size_t position);

// Looks at no more than kContextBytes before `position`.
SqlBreak SqlBreakBefore(const Window& window, size_t position);

// Whether a word of an SQL statement stands before `position` in the same value: then quotes, conditions and
// unions are what statements are made of.
bool InSqlStatement(const Window& window, size_t position);

}  // namespace portcullis::policy
