#include "services/audit/domain/proofs.h"

#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/merkle.h"

namespace portcullis::audit {

absl::StatusOr<LogHead> LastHead(LogStore& log) {
  ASSIGN_OR_RETURN(std::optional<LogHead> head, log.LatestHead());
  if (head) return *std::move(head);
  return absl::FailedPreconditionError(
      "the log has no signed head yet: one is made each audit.head_interval_seconds and when the audit "
      "service stops");
}

absl::StatusOr<InclusionProof> ProveInclusion(LogStore& log, const Receipt& receipt) {
  InclusionProof proof;
  proof.receipt = receipt;
  ASSIGN_OR_RETURN(proof.index, log.IndexOf(receipt.id));
  ASSIGN_OR_RETURN(proof.head, LastHead(log));
  if (proof.index >= proof.head.size) {
    return absl::NotFoundError(base::StrCat("leaf ", proof.index,
                                            " is in the log and not signed yet: the last head covers ",
                                            proof.head.size, " leaves; try again in a moment"));
  }
  const auto nodes = [&](int level, uint64_t node) { return log.TreeNode(level, node); };
  ASSIGN_OR_RETURN(proof.path, crypto::InclusionPath(proof.index, proof.head.size, nodes));
  const absl::Status included =
      crypto::VerifyInclusion(receipt.hash, proof.index, proof.head.size, proof.path, proof.head.root);
  if (included.ok()) return proof;
  return absl::InvalidArgumentError(base::StrCat(
      "NOT PROVED: the log holds another leaf in the place of the receipt's: ", base::Message(included)));
}

absl::StatusOr<ConsistencyProof> ProveConsistency(LogStore& log, uint64_t first_size) {
  ConsistencyProof proof;
  proof.first_size = first_size;
  ASSIGN_OR_RETURN(proof.head, LastHead(log));
  if (first_size == 0 || first_size > proof.head.size) {
    return absl::InvalidArgumentError(base::StrCat("the earlier log has ", first_size, " leaves; 1 to ",
                                                   proof.head.size, ", as the last head has, can be proved"));
  }
  const auto nodes = [&](int level, uint64_t node) { return log.TreeNode(level, node); };
  ASSIGN_OR_RETURN(proof.first_root, crypto::MerkleRoot(first_size, nodes));
  ASSIGN_OR_RETURN(proof.path, crypto::ConsistencyPath(first_size, proof.head.size, nodes));
  return proof;
}

}  // namespace portcullis::audit
