// The audit log's tree in SQLite.
#include <gmock/gmock.h>
#include <sqlite3.h>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit::sqlite {
namespace {

using crypto::Digest;

class SqliteLogTest : public ::testing::Test {
 protected:
  SqliteLogTest() { Reopen(); }

  std::string path() const { return (folder_.path() / "audit.db").native(); }

  void Reopen() {
    store_.reset();
    auto store = SqliteStore::Open({path()});
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
  Digest Root() {
    const auto root = crypto::MerkleRoot(*store_->TreeSize(), Nodes());
    EXPECT_TRUE(root.ok()) << root.status();
    return root.value_or(Digest{});
  }
  void ExpectTree() {
    EXPECT_EQ(*store_->TreeSize(), expected_.size());
    EXPECT_EQ(Root(), expected_.Root());
  }

  TestFolder folder_;
  std::unique_ptr<SqliteStore> store_;
  crypto::MerkleHasher hasher_;
  crypto::MerkleFrontier expected_;
  std::vector<LeafId> ids_;
};

TEST_F(SqliteLogTest, AnEmptyLogHasTheEmptyRoot) {
  ExpectTree();
  EXPECT_EQ(store_->log_id().size(), 32u);
  EXPECT_EQ(store_->IndexOf(Id('a', 1)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(store_->LatestHead()->has_value());
}

TEST_F(SqliteLogTest, LeavesOfAllSpoolsStandInTheOrderOfTheirArrival) {
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

TEST_F(SqliteLogTest, AReplayAddsNothing) {
  Append({Id('a', 1), Id('a', 2), Id('a', 3)});
  Append({Id('a', 2), Id('a', 3), Id('a', 4)});
  Append({Id('a', 1)});
  EXPECT_EQ(expected_.size(), 4u);
  ExpectTree();
  EXPECT_EQ(*store_->IndexOf(Id('a', 4)), 3u);
}

TEST_F(SqliteLogTest, ABatchThatFailsLeavesTheTreeAsItWas) {
  Append({Id('a', 1)});
  EXPECT_FALSE(store_->Append(std::vector{NewLeaf(Id('a', 2)), NewLeaf(Id('a', 0))}).ok());
  ExpectTree();
  Append({Id('a', 2), Id('b', 1)});
  ExpectTree();
}

TEST_F(SqliteLogTest, EntriesComeInOrderFromAnywhere) {
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

TEST_F(SqliteLogTest, RetentionRemovesBytesAndKeepsTheTree) {
  Append({Id('a', 1), Id('a', 2), Id('a', 3)});
  ASSERT_EQ(*store_->RemoveBefore(1'000, 2), 2u);
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

TEST_F(SqliteLogTest, HeadsAreKept) {
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

// The tables of schema 2, filled from the leaves that are there.
constexpr char kToSchema2[] =
    "DROP TABLE records; DROP TABLE names; DROP TABLE blocks; DROP TABLE columns;"
    "CREATE TABLE records(root INTEGER PRIMARY KEY, row INTEGER NOT NULL, request_id TEXT NOT NULL,"
    " time_us INTEGER NOT NULL, kind INTEGER NOT NULL, verdict TEXT NOT NULL, tenant TEXT NOT NULL,"
    " leaves TEXT NOT NULL);"
    "CREATE UNIQUE INDEX records_by_row ON records(row);"
    "CREATE INDEX records_by_request ON records(request_id);"
    "CREATE INDEX records_by_time ON records(time_us);"
    "CREATE INDEX records_by_verdict ON records(verdict, row) WHERE verdict NOT IN ('', 'allow');"
    "CREATE INDEX records_by_tenant ON records(tenant, row) WHERE tenant <> '';"
    "INSERT INTO records SELECT leaf, leaf, 'old', 100, 2, 'allow', '', leaf FROM leaves;"
    "PRAGMA user_version = 2;";

class OldSchemaTest : public SqliteLogTest {
 protected:
  void Run(const std::string& sql) {
    store_.reset();
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &handle), SQLITE_OK);
    char* error = nullptr;
    ASSERT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(handle);
  }
  absl::Status OpenWithIndex() {
    SqliteOptions options{path()};
    options.index = [](const Leaf& leaf) -> absl::StatusOr<LeafIndex> {
      LeafIndex index = NewIndex("again", 100, "block");
      index.root_spool = leaf.id.spool;
      index.root_sequence = leaf.id.sequence;
      return index;
    };
    auto store = SqliteStore::Open(options);
    if (store.ok()) store_ = *std::move(store);
    return store.status();
  }
};

TEST_F(OldSchemaTest, ADatabaseOfSchema1GetsATree) {
  Append({Id('a', 1), Id('a', 2), Id('b', 7)});
  Run(std::string(kToSchema2) +
      "DROP TABLE log; DROP TABLE tiles; DROP TABLE runs; DROP TABLE heads;"
      "DELETE FROM meta WHERE key = 'tree_size'; PRAGMA user_version = 1;");
  ASSERT_TRUE(OpenWithIndex().ok());
  ExpectTree();
  Append({Id('b', 8)});
  ExpectTree();
}

TEST_F(OldSchemaTest, TheRecordsOfSchema2AreIndexedAnew) {
  Append({Id('a', 1), Id('a', 2), Id('b', 7)});
  Run(kToSchema2);
  const absl::Status refused = SqliteStore::Open({path()}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  ASSERT_TRUE(OpenWithIndex().ok());
  const auto found = store_->Find({.verdict = "block"});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ(found->at(2).root, Id('b', 7));
  EXPECT_EQ(found->at(2).leaves.size(), 1u);
  EXPECT_EQ(store_->Find({.request_id = "again"})->size(), 3u);
  ExpectTree();
  Append({Id('b', 8)});
  EXPECT_EQ(store_->Find({})->size(), 4u);
  Reopen();
  EXPECT_EQ(store_->Find({})->size(), 4u);
}

}  // namespace
}  // namespace portcullis::audit::sqlite
