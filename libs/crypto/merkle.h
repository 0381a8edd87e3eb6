// Merkle trees over a growing list of leaves: hashing, proofs and their verification.
//
// Hashing, audit paths and consistency proofs as in RFC 6962, section 2.1; their verification as in RFC 9162,
// sections 2.1.3.2 and 2.1.4.2. A node is named by (level, index): it covers the leaves
// [index << level, (index + 1) << level), all of which must exist.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/crypto/sha256.h"

namespace portcullis::crypto {

// Hashes leaves and nodes without allocating. Not thread-safe.
class MerkleHasher {
 public:
  // SHA-256(0x00 || pieces, one after the other)
  Digest Leaf(std::initializer_list<std::string_view> pieces);
  // SHA-256(0x01 || left || right)
  Digest Node(const Digest& left, const Digest& right);

 private:
  Sha256 hasher_;
};

// The root of no leaves: SHA-256 of nothing.
Digest EmptyRoot();

// The tree as far as a writer must know it: the perfect subtrees whose leaves are all there, greatest first.
class MerkleFrontier {
 public:
  MerkleFrontier() = default;

  // `peaks` as peaks() gave them. INVALID_ARGUMENT when their number does not fit the size.
  static absl::StatusOr<MerkleFrontier> From(uint64_t size, std::vector<Digest> peaks);

  void Append(const Digest& leaf_hash);

  uint64_t size() const { return size_; }
  const std::vector<Digest>& peaks() const { return peaks_; }
  Digest Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> peaks_;
  mutable MerkleHasher hasher_;
};

// Gives the hash of a node, or why it cannot.
using MerkleNodes = absl::FunctionRef<absl::StatusOr<Digest>(int level, uint64_t index)>;

// The root of the first `size` leaves.
absl::StatusOr<Digest> MerkleRoot(uint64_t size, MerkleNodes nodes);

// Proves that leaf `index` is among the first `size`. INVALID_ARGUMENT unless index < size.
absl::StatusOr<std::vector<Digest>> InclusionPath(uint64_t index, uint64_t size, MerkleNodes nodes);

// Proves that the first `old_size` leaves begin the first `new_size`. INVALID_ARGUMENT unless
// old_size <= new_size. Empty when the sizes are equal or old_size is 0.
absl::StatusOr<std::vector<Digest>> ConsistencyPath(uint64_t old_size, uint64_t new_size, MerkleNodes nodes);

// INVALID_ARGUMENT: the path does not prove it.
absl::Status VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                             std::span<const Digest> path, const Digest& root);
absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, std::span<const Digest> path);

}  // namespace portcullis::crypto
