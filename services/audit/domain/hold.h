// A legal hold: while it is in force, neither retention nor an erasure removes a record that its query
// selects, those that come later included.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "services/audit/api/query.h"

namespace portcullis::audit {

inline constexpr size_t kMaxHolds = 1000;  // in force at once
inline constexpr size_t kMaxReason = 256;  // bytes

struct Hold {
  std::string id;       // 16 hex digits
  int64_t time_us = 0;  // UTC, microseconds since 1970: when it was placed
  std::string by;       // who, as they say
  std::string reason;
  Query query;  // its paging does not count
};

// Why something is done to the log, or who does it: 1 to kMaxReason bytes of one line. INVALID_ARGUMENT names
// what is wrong.
absl::Status CheckReason(const char* what, const std::string& text);

}  // namespace portcullis::audit
