// A leaf's place as one number, and the list of them that a record has.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "services/audit/api/leaf_index.h"

namespace portcullis::audit::sql {

// number = number of the spool * 2^40 + sequence
inline constexpr int kSequenceBits = 40;
static_assert(kMaxSequence < uint64_t{1} << kSequenceBits);
inline constexpr int64_t kMaxSpools = int64_t{1} << 22;

inline uint64_t SequenceOf(int64_t number) {
  return static_cast<uint64_t>(number) & ((uint64_t{1} << kSequenceBits) - 1);
}

// Calls `use` for each number of a list separated by spaces, while it answers OK.
template <typename Use>
absl::Status ForEachNumber(std::string_view list, Use&& use) {
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    int64_t number = 0;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc()) {
      return absl::DataLossError("audit database: a record with an unreadable leaf list");
    }
    RETURN_IF_ERROR(use(number));
    at = parsed.ptr + 1;
  }
  return absl::OkStatus();
}

}  // namespace portcullis::audit::sql
