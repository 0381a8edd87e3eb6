// A log whose tree must be what was appended.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "libs/crypto/merkle.h"
#include "services/audit/api/leaf_hash.h"
#include "tests/unit/services/audit/audit_testing.h"
#include "tests/unit/services/audit/support/store_kinds.h"

namespace portcullis::audit {

class LogFixture : public ::testing::Test {
 protected:
  explicit LogFixture(const StoreKind& kind) : open_(kind.make(folder_.path())) { Reopen(); }

  void Reopen() {
    store_.reset();
    auto store = open_();
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  static IndexedLeaf NewLeaf(const LeafId& id, int64_t time_us = 100) {
    return NewIndexedLeaf(id, "leaf " + id.spool + std::to_string(id.sequence), NewIndex("request", time_us));
  }
  static LeafId Id(char spool, uint64_t sequence) { return {std::string(16, spool), sequence}; }

  // Appends one batch and notes what the tree must be then.
  void Append(const std::vector<LeafId>& ids) {
    std::vector<IndexedLeaf> leaves;
    for (const LeafId& id : ids) leaves.push_back(NewLeaf(id));
    const absl::Status status = store_->Append(leaves);
    ASSERT_TRUE(status.ok()) << status;
    for (const IndexedLeaf& leaf : leaves) {
      if (std::find(ids_.begin(), ids_.end(), leaf.leaf.id) != ids_.end()) continue;
      ids_.push_back(leaf.leaf.id);
      expected_.Append(HashOfLeaf(hasher_, leaf.leaf.id, leaf.leaf.bytes));
    }
  }

  auto Nodes() {
    return [this](int level, uint64_t index) { return store_->TreeNode(level, index); };
  }
  crypto::Digest Root() {
    const auto root = crypto::MerkleRoot(*store_->TreeSize(), Nodes());
    EXPECT_TRUE(root.ok()) << root.status();
    return root.value_or(crypto::Digest{});
  }
  void ExpectTree() {
    EXPECT_EQ(*store_->TreeSize(), expected_.size());
    EXPECT_EQ(Root(), expected_.Root());
  }

  TestFolder folder_;
  const OpenStore open_;
  std::unique_ptr<AuditStore> store_;
  crypto::MerkleHasher hasher_;
  crypto::MerkleFrontier expected_;
  std::vector<LeafId> ids_;
};

}  // namespace portcullis::audit
