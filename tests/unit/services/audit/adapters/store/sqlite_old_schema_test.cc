// Databases of older schemas are brought up to date.
#include <sqlite3.h>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "tests/unit/services/audit/audit_testing.h"
#include "tests/unit/services/audit/support/log_fixture.h"

namespace portcullis::audit::sqlite {
namespace {

// The tables of schema 2, filled from the leaves that are there.
constexpr char kToSchema2[] =
    "DROP TABLE records; DROP TABLE names; DROP TABLE blocks; DROP TABLE columns;"
    "INSERT INTO meta SELECT 'tree_size', size FROM tree; DROP TABLE tree;"
    "DROP TABLE contents; DROP TABLE subjects; DROP TABLE holds; ALTER TABLE spools DROP COLUMN removed_to;"
    "DELETE FROM meta WHERE key = 'names_unused';"
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

class OldSchemaTest : public LogFixture {
 protected:
  OldSchemaTest() : LogFixture(StoreKinds().front()) {}

  std::string path() const { return (folder_.path() / "audit.db").native(); }
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
