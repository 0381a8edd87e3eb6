#include "libs/crypto/merkle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/crypto/sha256.h"

namespace portcullis::crypto {
namespace {

// The inputs and roots that implementations of Certificate Transparency test with.
const std::vector<std::string> kLeaves = {
    "",
    std::string(1, '\x00'),
    "\x10",
    "\x20\x21",
    "\x30\x31",
    "\x40\x41\x42\x43",
    "\x50\x51\x52\x53\x54\x55\x56\x57",
    "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
};
const std::vector<std::string> kRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

// A tree of any number of leaves, by the definition of RFC 6962: slow and plain.
struct PlainTree {
  explicit PlainTree(size_t count) {
    MerkleHasher hasher;
    for (size_t i = 0; i < count; ++i) {
      leaves.push_back(hasher.Leaf({i < kLeaves.size() ? kLeaves[i] : std::to_string(i)}));
    }
  }
  Digest Hash(size_t begin, size_t end) const {
    if (begin == end) return EmptyRoot();
    if (end - begin == 1) return leaves[begin];
    size_t split = 1;
    while (split * 2 < end - begin) split *= 2;
    return MerkleHasher().Node(Hash(begin, begin + split), Hash(begin + split, end));
  }
  absl::StatusOr<Digest> Node(int level, uint64_t index) const {
    const uint64_t begin = index << level, end = (index + 1) << level;
    if (end > leaves.size()) return absl::OutOfRangeError("beyond the leaves");
    return Hash(begin, end);
  }
  auto nodes() const {
    return [this](int level, uint64_t index) { return Node(level, index); };
  }
  std::vector<Digest> leaves;
};

TEST(MerkleTest, RootsAreThoseOfCertificateTransparency) {
  MerkleFrontier frontier;
  EXPECT_EQ(Hex(frontier.Root()), kRoots[0]);
  MerkleHasher hasher;
  for (size_t i = 0; i < kLeaves.size(); ++i) {
    frontier.Append(hasher.Leaf({kLeaves[i]}));
    EXPECT_EQ(Hex(frontier.Root()), kRoots[i + 1]) << i;
  }
}

TEST(MerkleTest, FrontierAndRecursionAgreeForEverySize) {
  MerkleFrontier frontier;
  const PlainTree tree(130);
  for (size_t size = 0; size <= tree.leaves.size(); ++size) {
    EXPECT_EQ(frontier.Root(), tree.Hash(0, size)) << size;
    EXPECT_EQ(*MerkleRoot(size, tree.nodes()), frontier.Root()) << size;
    const auto again = MerkleFrontier::From(size, frontier.peaks());
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->Root(), frontier.Root());
    if (size < tree.leaves.size()) frontier.Append(tree.leaves[size]);
  }
  EXPECT_FALSE(MerkleFrontier::From(3, {EmptyRoot()}).ok());
}

TEST(MerkleTest, InclusionIsProvedForEveryLeafOfEverySize) {
  const PlainTree tree(40);
  for (uint64_t size = 1; size <= 40; ++size) {
    for (uint64_t index = 0; index < size; ++index) {
      const auto path = InclusionPath(index, size, tree.nodes());
      ASSERT_TRUE(path.ok());
      EXPECT_TRUE(VerifyInclusion(tree.leaves[index], index, size, *path, tree.Hash(0, size)).ok());
    }
  }
  EXPECT_FALSE(InclusionPath(5, 5, tree.nodes()).ok());
  EXPECT_FALSE(InclusionPath(45, 50, tree.nodes()).ok());
}

TEST(MerkleTest, InclusionProofsOfAnythingElseFail) {
  const PlainTree tree(11);
  const Digest root = tree.Hash(0, 11);
  for (uint64_t index = 0; index < 11; ++index) {
    const std::vector<Digest> path = *InclusionPath(index, 11, tree.nodes());
    const Digest& leaf = tree.leaves[index];
    EXPECT_FALSE(VerifyInclusion(tree.leaves[(index + 1) % 11], index, 11, path, root).ok());
    EXPECT_FALSE(VerifyInclusion(leaf, (index + 1) % 11, 11, path, root).ok());
    EXPECT_FALSE(VerifyInclusion(leaf, 11, 11, path, root).ok());
    EXPECT_FALSE(VerifyInclusion(leaf, index, 11, path, tree.Hash(0, 10)).ok());
    for (size_t step = 0; step < path.size(); ++step) {
      std::vector<Digest> changed = path;
      changed[step][7] ^= 1;
      EXPECT_FALSE(VerifyInclusion(leaf, index, 11, changed, root).ok());
    }
    std::vector<Digest> longer = path;
    longer.push_back(root);
    EXPECT_FALSE(VerifyInclusion(leaf, index, 11, longer, root).ok());
    std::vector<Digest> shorter(path.begin(), path.end() - 1);
    EXPECT_FALSE(VerifyInclusion(leaf, index, 11, shorter, root).ok());
  }
}

TEST(MerkleTest, ConsistencyIsProvedBetweenAllSizes) {
  const PlainTree tree(40);
  for (uint64_t new_size = 0; new_size <= 40; ++new_size) {
    for (uint64_t old_size = 0; old_size <= new_size; ++old_size) {
      const auto path = ConsistencyPath(old_size, new_size, tree.nodes());
      ASSERT_TRUE(path.ok());
      EXPECT_TRUE(
          VerifyConsistency(old_size, tree.Hash(0, old_size), new_size, tree.Hash(0, new_size), *path).ok())
          << old_size << " " << new_size;
    }
  }
  EXPECT_FALSE(ConsistencyPath(3, 2, tree.nodes()).ok());
}

TEST(MerkleTest, ConsistencyProofsOfAnythingElseFail) {
  const PlainTree tree(23);
  for (uint64_t old_size = 1; old_size < 23; ++old_size) {
    const std::vector<Digest> path = *ConsistencyPath(old_size, 23, tree.nodes());
    const Digest old_root = tree.Hash(0, old_size), new_root = tree.Hash(0, 23);
    EXPECT_FALSE(VerifyConsistency(old_size, tree.Hash(0, old_size - 1), 23, new_root, path).ok());
    EXPECT_FALSE(VerifyConsistency(old_size, old_root, 23, tree.Hash(0, 22), path).ok());
    EXPECT_FALSE(VerifyConsistency(old_size + 1, old_root, 23, new_root, path).ok());
    EXPECT_FALSE(VerifyConsistency(24, old_root, 23, new_root, path).ok());
    EXPECT_FALSE(VerifyConsistency(old_size, old_root, 23, new_root, {}).ok());
    for (size_t step = 0; step < path.size(); ++step) {
      std::vector<Digest> changed = path;
      changed[step][0] ^= 0x80;
      EXPECT_FALSE(VerifyConsistency(old_size, old_root, 23, new_root, changed).ok());
    }
  }
  EXPECT_FALSE(VerifyConsistency(5, tree.Hash(0, 5), 5, tree.Hash(0, 6), {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, tree.Hash(0, 1), 5, tree.Hash(0, 5), {}).ok());
}

}  // namespace
}  // namespace portcullis::crypto
