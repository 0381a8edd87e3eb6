// The port to the audit log's storage: leaves as bytes, and an index that finds the leaves of a record.
//
// A store knows nothing of how a leaf is encoded: who appends says what the index must know of it, who reads
// decodes and merges.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/api/audit_api.h"
#include "services/audit/api/leaf_index.h"

namespace portcullis::audit {

struct IndexedLeaf {
  Leaf leaf;
  LeafIndex index;  // of this leaf, where it lies
};

// A record as it lies in the store: the bytes of its leaves, by arrival.
struct StoredLeaves {
  uint64_t row = 0;
  LeafId root;
  std::vector<std::string> leaves;
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Stores all leaves or none; OK means that they are durable, as far as the store was told to be. A leaf
  // that is there already is skipped. A record's row becomes the greatest so far whenever one of its leaves
  // arrives, so that a reader who follows by row sees each change. UNAVAILABLE or RESOURCE_EXHAUSTED: try
  // again later.
  virtual absl::Status Append(std::span<const IndexedLeaf> leaves) = 0;

  // Records that a valid query selects, in the order of their rows; `after` is the row before the first
  // (newest first: after the first), 0 = from the end of the order.
  virtual absl::StatusOr<std::vector<StoredLeaves>> Find(const Query& query) = 0;

  // Figures over the records that a valid query selects. RESOURCE_EXHAUSTED: too many groups.
  virtual absl::StatusOr<Stats> Aggregate(const StatsQuery& query) = 0;

  // Removes the records whose time is before `time_us`, at most `limit`, with their leaves; how many were
  // removed.
  virtual absl::StatusOr<uint64_t> RemoveBefore(int64_t time_us, uint32_t limit) = 0;
};

}  // namespace portcullis::audit
