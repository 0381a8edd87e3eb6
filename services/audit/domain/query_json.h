// A query as JSON, for what is kept and for what operators send: {"user": "...", "since_us": 0,
// "min_cost_usd": 0.5, ...}, by the names of Query; fields that select everything are left out. Paging is no
// part of it.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

std::string QueryJson(const Query& query);

// INVALID_ARGUMENT: not such an object, an unknown field, or a query that cannot be (Validate).
absl::StatusOr<Query> ParseQuery(std::string_view json);

}  // namespace portcullis::audit
