#include "apps/portcullis/events/time_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "absl/time/time.h"
#include "libs/base/strings.h"

namespace portcullis::events {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr uint32_t kMaxCount = 1'000'000;  // of any unit

// Microseconds of a unit, 0 if it is none.
int64_t UnitMicros(char unit) {
  switch (unit) {
    case 's':
      return kSecond;
    case 'm':
      return 60 * kSecond;
    case 'h':
      return 3600 * kSecond;
    case 'd':
      return 86400 * kSecond;
    default:
      return 0;
  }
}

}  // namespace

absl::StatusOr<int64_t> ParseTime(std::string_view text, base::SystemTime now, std::string_view flag) {
  const int64_t now_us = now.time_since_epoch().count();
  uint32_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec == std::errc() && parsed.ptr + 1 == text.data() + text.size()) {
    const int64_t unit = UnitMicros(*parsed.ptr);
    if (unit != 0 && count <= kMaxCount) return std::max<int64_t>(now_us - int64_t{count} * unit, 0);
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, base::ToAbsl(text), &time, &error) &&
      absl::ToUnixMicros(time) >= 0) {
    return absl::ToUnixMicros(time);
  }
  return absl::InvalidArgumentError(
      base::StrCat(flag, ": '", text, "' is no time; use 30s, 5m, 1h, 7d or 2026-01-31T12:00:00Z"));
}

}  // namespace portcullis::events
