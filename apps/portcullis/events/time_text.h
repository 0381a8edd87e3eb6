// Points in time as people write them on the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace portcullis::events {

// "30s", "5m", "1h", "7d" before `now`, or RFC 3339 ("2026-01-31T12:00:00Z", with or without fraction and
// with any offset). UTC, microseconds since 1970. INVALID_ARGUMENT naming `flag` otherwise.
absl::StatusOr<int64_t> ParseTime(std::string_view text, base::SystemTime now, std::string_view flag);

}  // namespace portcullis::events
