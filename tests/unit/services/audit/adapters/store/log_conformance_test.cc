// What every store must do with the log's tree.
#include <gmock/gmock.h>

#include "tests/unit/services/audit/audit_testing.h"
#include "tests/unit/services/audit/support/log_fixture.h"

namespace portcullis::audit {
namespace {

using crypto::Digest;

class LogConformanceTest : public LogFixture, public ::testing::WithParamInterface<StoreKind> {
 protected:
  LogConformanceTest() : LogFixture(GetParam()) {}
};

TEST_P(LogConformanceTest, AnEmptyLogHasTheEmptyRoot) {
  ExpectTree();
  EXPECT_EQ(store_->log_id().size(), 32u);
  EXPECT_EQ(store_->IndexOf(Id('a', 1)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(store_->LatestHead()->has_value());
}

TEST_P(LogConformanceTest, LeavesOfAllSpoolsStandInTheOrderOfTheirArrival) {
  uint64_t next[3] = {1, 1, 1};
  for (int batch = 0; batch < 60; ++batch) {
    std::vector<LeafId> ids;
    for (int i = 0; i < batch; ++i) {
      const int spool = (batch * 7 + i / 5) % 3;
      ids.push_back(Id(static_cast<char>('a' + spool), next[spool]++));
    }
    Append(ids);
    if (batch % 20 == 19) Reopen();
  }
  ASSERT_GT(expected_.size(), 1700u);  // several tiles, and a second level
  ExpectTree();
  for (uint64_t index = 0; index < ids_.size(); ++index) EXPECT_EQ(*store_->IndexOf(ids_[index]), index);
  for (uint64_t index = 0; index < ids_.size(); index += 97) {
    const auto path = crypto::InclusionPath(index, ids_.size(), Nodes());
    ASSERT_TRUE(path.ok()) << path.status();
    const Digest leaf = HashOfLeaf(hasher_, ids_[index], NewLeaf(ids_[index]).leaf.bytes);
    EXPECT_TRUE(crypto::VerifyInclusion(leaf, index, ids_.size(), *path, expected_.Root()).ok());
  }
}

TEST_P(LogConformanceTest, AReplayAddsNothing) {
  Append({Id('a', 1), Id('a', 2), Id('a', 3)});
  Append({Id('a', 2), Id('a', 3), Id('a', 4)});
  Append({Id('a', 1)});
  EXPECT_EQ(expected_.size(), 4u);
  ExpectTree();
  EXPECT_EQ(*store_->IndexOf(Id('a', 4)), 3u);
}

TEST_P(LogConformanceTest, ABatchThatFailsLeavesTheTreeAsItWas) {
  Append({Id('a', 1)});
  EXPECT_FALSE(store_->Append(std::vector{NewLeaf(Id('a', 2)), NewLeaf(Id('a', 0))}).ok());
  ExpectTree();
  Append({Id('a', 2), Id('b', 1)});
  ExpectTree();
}

TEST_P(LogConformanceTest, EntriesComeInOrderFromAnywhere) {
  Append({Id('a', 1), Id('b', 1), Id('b', 2), Id('a', 2)});
  Append({Id('a', 3), Id('c', 9)});
  std::vector<LeafId> seen;
  const auto look = [&](const LogEntry& entry) {
    seen.push_back(entry.id);
    EXPECT_EQ(entry.hash, HashOfLeaf(hasher_, entry.id, *entry.bytes));
    EXPECT_EQ(entry.index + 1, seen.size() + 2);
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_->ForEachEntry(2, 5, look).ok());
  EXPECT_THAT(seen, ::testing::ElementsAre(Id('b', 2), Id('a', 2), Id('a', 3)));
}

TEST_P(LogConformanceTest, RetentionRemovesBytesAndKeepsTheTree) {
  Append({Id('a', 1), Id('a', 2), Id('a', 3)});
  ASSERT_EQ(*RemoveBefore(*store_, 1'000, 2), 2u);
  ExpectTree();
  std::string seen;
  const auto look = [&](const LogEntry& entry) {
    seen += entry.bytes ? 'x' : '-';
    EXPECT_EQ(entry.hash, HashOfLeaf(hasher_, entry.id, NewLeaf(entry.id).leaf.bytes));
    return absl::OkStatus();
  };
  ASSERT_TRUE(store_->ForEachEntry(0, 3, look).ok());
  EXPECT_EQ(seen, "--x");
  EXPECT_EQ(*store_->IndexOf(Id('a', 1)), 0u);
}

TEST_P(LogConformanceTest, HeadsAreKept) {
  const crypto::SigningKey key = crypto::SigningKey::Generate();
  for (uint64_t size = 1; size <= 3; ++size) {
    Append({Id('a', size)});
    LogHead head;
    head.log_id = store_->log_id();
    head.size = size;
    head.root = expected_.Root();
    head.time_us = static_cast<int64_t>(1000 + size);
    SignHead(key, &head);
    ASSERT_TRUE(store_->AddHead(head).ok());
  }
  Reopen();
  const auto heads = store_->Heads();
  ASSERT_TRUE(heads.ok());
  ASSERT_EQ(heads->size(), 3u);
  for (const LogHead& head : *heads) EXPECT_TRUE(VerifyHead(head, key.verifying_key()).ok());
  EXPECT_EQ((*store_->LatestHead())->size, 3u);
  EXPECT_EQ((*store_->LatestHead())->root, expected_.Root());
}

INSTANTIATE_TEST_SUITE_P(Stores, LogConformanceTest, ::testing::ValuesIn(StoreKinds()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace portcullis::audit
