// Proofs over the signed log: that a leaf is in it, and that an earlier log is the beginning of it.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/crypto/sha256.h"
#include "services/audit/api/leaf_hash.h"
#include "services/audit/domain/log_head.h"
#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

struct InclusionProof {
  Receipt receipt;
  uint64_t index = 0;  // of its leaf
  std::vector<crypto::Digest> path;
  LogHead head;
};

struct ConsistencyProof {
  uint64_t first_size = 0;  // leaves of the earlier log
  crypto::Digest first_root{};
  std::vector<crypto::Digest> path;
  LogHead head;
};

// The last head. FAILED_PRECONDITION: nothing is signed yet.
absl::StatusOr<LogHead> LastHead(LogStore& log);

// Checked before it is returned. NOT_FOUND: the log has no such leaf, or no head covers it yet.
// INVALID_ARGUMENT: the log holds another leaf in its place. FAILED_PRECONDITION as LastHead.
absl::StatusOr<InclusionProof> ProveInclusion(LogStore& log, const Receipt& receipt);

// That the first `first_size` leaves begin the log of the last head. INVALID_ARGUMENT: it has fewer, or it is
// 0.
absl::StatusOr<ConsistencyProof> ProveConsistency(LogStore& log, uint64_t first_size);

}  // namespace portcullis::audit
