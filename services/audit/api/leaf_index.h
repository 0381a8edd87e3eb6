// What an index knows of a leaf. Views are into the leaf's bytes and id: they must stay where they are.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "services/audit/api/query.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

// Sequences that a store takes: 1 to this.
inline constexpr uint64_t kMaxSequence = (uint64_t{1} << 40) - 1;

inline constexpr int64_t kCostUnknown = -1;

// Numbers that are 0 and texts that are empty are not known.
struct LeafIndex {
  LeafKind kind = LeafKind::kOutcome;
  std::string_view root_spool;  // RootOf (domain/merge.h): the same for all leaves of a record
  uint64_t root_sequence = 0;
  std::string_view request_id;  // "" = the leaf could not be read: it is kept, but belongs to no record
  int64_t time_us = 0;          // EventTime (domain/merge.h)
  std::array<std::string_view, kDimensions.size()> names{};  // by kDimensions
  std::string findings;  // what Query::text is looked for in, beside the reason code
  int64_t http_status = 0;
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
  int64_t cost_nano_usd = kCostUnknown;
  int64_t total_us = 0;
};

}  // namespace portcullis::audit
