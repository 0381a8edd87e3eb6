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
#include "services/audit/domain/hold.h"

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

// Which records are to be removed.
struct Removal {
  Query query;                // oldest first: up to `limit` records after row `after` are looked at
  std::vector<Query> keep;    // what one of these selects stays
  std::string keep_reason;    // records whose reason code begins so stay, too; "" = none
  bool only_content = false;  // what was captured with the records goes, they themselves stay
};

// What a step of it did.
struct Removed {
  uint64_t records = 0;   // removed; or whose content was
  uint64_t contents = 0;  // captured contents removed, by leaf
  uint64_t keys = 0;      // keys of subjects that had no other content
  uint64_t held = 0;      // that a hold keeps
  uint64_t after = 0;     // the row after which the next step goes on; 0 = that was all
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

  // Removes records with their leaves and content, a step at a time; their hashes stay in the tree, and a
  // removed leaf that is sent again is not stored again. What a hold selects stays. The last step also gives
  // back disk space.
  virtual absl::StatusOr<Removed> Remove(const Removal& removal) = 0;

  // What was captured with the leaves of the record of this root: a packed ContentEnvelope for each, as it
  // came with the leaf. None: nothing was, or it went. DATA_LOSS: the key of its subject does not open it.
  virtual absl::StatusOr<std::vector<std::string>> Contents(const LeafId& root) = 0;

  // Holds, for all services of one database. ALREADY_EXISTS: one with this id is there. RESOURCE_EXHAUSTED:
  // kMaxHolds are.
  virtual absl::Status AddHold(const Hold& hold) = 0;

  // False: there is no such hold.
  virtual absl::StatusOr<bool> ReleaseHold(const std::string& id) = 0;

  // All, by the time they were placed.
  virtual absl::StatusOr<std::vector<Hold>> Holds() = 0;
};

}  // namespace portcullis::audit
