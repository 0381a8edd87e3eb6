#include "libs/crypto/merkle.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "libs/base/status_macros.h"

namespace portcullis::crypto {
namespace {

// The greatest power of two below `count`, which is 2 or more.
uint64_t SplitOf(uint64_t count) { return std::bit_floor(count - 1); }

// The hash over the leaves [begin, end), which may be any stretch that RFC 6962's recursion comes upon.
absl::StatusOr<Digest> RangeHash(uint64_t begin, uint64_t end, MerkleNodes nodes, MerkleHasher& hasher) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const int level = std::countr_zero(count);
    return nodes(level, begin >> level);
  }
  const uint64_t split = begin + SplitOf(count);
  ASSIGN_OR_RETURN(const Digest left, RangeHash(begin, split, nodes, hasher));
  ASSIGN_OR_RETURN(const Digest right, RangeHash(split, end, nodes, hasher));
  return hasher.Node(left, right);
}

absl::Status Mismatch(const char* what) { return absl::InvalidArgumentError(what); }

}  // namespace

Digest MerkleHasher::Leaf(std::initializer_list<std::string_view> pieces) {
  hasher_.Update(std::string_view("\0", 1));
  for (const std::string_view piece : pieces) hasher_.Update(piece);
  return hasher_.Finish();
}

Digest MerkleHasher::Node(const Digest& left, const Digest& right) {
  char bytes[1 + 2 * sizeof(Digest)];
  bytes[0] = 1;
  std::copy(left.begin(), left.end(), bytes + 1);
  std::copy(right.begin(), right.end(), bytes + 1 + sizeof(Digest));
  hasher_.Update({bytes, sizeof(bytes)});
  return hasher_.Finish();
}

Digest EmptyRoot() { return Sha256Of({}); }

absl::StatusOr<MerkleFrontier> MerkleFrontier::From(uint64_t size, std::vector<Digest> peaks) {
  if (static_cast<size_t>(std::popcount(size)) != peaks.size()) {
    return absl::InvalidArgumentError("a Merkle frontier whose number of subtrees does not fit its size");
  }
  MerkleFrontier frontier;
  frontier.size_ = size;
  frontier.peaks_ = std::move(peaks);
  return frontier;
}

void MerkleFrontier::Append(const Digest& leaf_hash) {
  peaks_.push_back(leaf_hash);
  // Each 1 at the end of the old size is a subtree as great as the one that was just made.
  for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    const Digest right = peaks_.back();
    peaks_.pop_back();
    peaks_.back() = hasher_.Node(peaks_.back(), right);
  }
  ++size_;
}

Digest MerkleFrontier::Root() const {
  if (peaks_.empty()) return EmptyRoot();
  Digest root = peaks_.back();
  for (size_t i = peaks_.size() - 1; i-- > 0;) root = hasher_.Node(peaks_[i], root);
  return root;
}

absl::StatusOr<Digest> MerkleRoot(uint64_t size, MerkleNodes nodes) {
  MerkleHasher hasher;
  if (size == 0) return EmptyRoot();
  return RangeHash(0, size, nodes, hasher);
}

absl::StatusOr<std::vector<Digest>> InclusionPath(uint64_t index, uint64_t size, MerkleNodes nodes) {
  if (index >= size) return absl::InvalidArgumentError("the leaf is not among the first leaves of the tree");
  MerkleHasher hasher;
  std::vector<Digest> path;  // from the root down, turned round at the end
  for (uint64_t begin = 0, end = size; end - begin > 1;) {
    const uint64_t split = begin + SplitOf(end - begin);
    const bool in_left = index < split;
    ASSIGN_OR_RETURN(const Digest other,
                     RangeHash(in_left ? split : begin, in_left ? end : split, nodes, hasher));
    path.push_back(other);
    (in_left ? end : begin) = split;
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

absl::StatusOr<std::vector<Digest>> ConsistencyPath(uint64_t old_size, uint64_t new_size, MerkleNodes nodes) {
  if (old_size > new_size) return absl::InvalidArgumentError("the old tree is greater than the new one");
  std::vector<Digest> path;
  if (old_size == 0 || old_size == new_size) return path;
  MerkleHasher hasher;
  uint64_t begin = 0, end = new_size;
  bool old_root_known = true;  // the subtree is the old tree itself, whose root the verifier has
  while (old_size != end) {
    const uint64_t split = begin + SplitOf(end - begin);
    const bool in_left = old_size <= split;
    ASSIGN_OR_RETURN(const Digest other,
                     RangeHash(in_left ? split : begin, in_left ? end : split, nodes, hasher));
    path.push_back(other);
    if (!in_left) old_root_known = false;
    (in_left ? end : begin) = split;
  }
  if (!old_root_known) {
    ASSIGN_OR_RETURN(const Digest rest, RangeHash(begin, end, nodes, hasher));
    path.push_back(rest);
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

absl::Status VerifyInclusion(const Digest& leaf_hash, uint64_t index, uint64_t size,
                             std::span<const Digest> path, const Digest& root) {
  if (index >= size) return Mismatch("the proof is for a leaf beyond the end of the tree");
  MerkleHasher hasher;
  uint64_t node = index, last = size - 1;
  Digest hash = leaf_hash;
  for (const Digest& other : path) {
    if (last == 0) return Mismatch("the proof is longer than the tree is high");
    if ((node & 1) != 0 || node == last) {
      hash = hasher.Node(other, hash);
      for (; (node & 1) == 0 && node != 0; node >>= 1) last >>= 1;
    } else {
      hash = hasher.Node(hash, other);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Mismatch("the proof is shorter than the tree is high");
  return hash == root ? absl::OkStatus() : Mismatch("the proof leads to another root");
}

absl::Status VerifyConsistency(uint64_t old_size, const Digest& old_root, uint64_t new_size,
                               const Digest& new_root, std::span<const Digest> path) {
  if (old_size > new_size) return Mismatch("the old tree is greater than the new one");
  if (old_size == 0 || old_size == new_size) {
    if (!path.empty()) return Mismatch("the proof has steps where none is needed");
    const bool same = old_size == 0 ? old_root == EmptyRoot() : old_root == new_root;
    return same ? absl::OkStatus() : Mismatch("trees of the same size have different roots");
  }
  if (path.empty()) return Mismatch("the proof is empty");
  MerkleHasher hasher;
  uint64_t node = old_size - 1, last = new_size - 1;
  for (; (node & 1) != 0; node >>= 1) last >>= 1;
  const bool begins_with_old = std::has_single_bit(old_size);
  Digest old_hash = begins_with_old ? old_root : path.front(), new_hash = old_hash;
  for (const Digest& other : path.subspan(begins_with_old ? 0 : 1)) {
    if (last == 0) return Mismatch("the proof is longer than the tree is high");
    if ((node & 1) != 0 || node == last) {
      old_hash = hasher.Node(other, old_hash);
      new_hash = hasher.Node(other, new_hash);
      for (; (node & 1) == 0 && node != 0; node >>= 1) last >>= 1;
    } else {
      new_hash = hasher.Node(new_hash, other);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return Mismatch("the proof is shorter than the tree is high");
  if (old_hash != old_root) return Mismatch("the proof leads to another old root");
  return new_hash == new_root ? absl::OkStatus() : Mismatch("the proof leads to another new root");
}

}  // namespace portcullis::crypto
