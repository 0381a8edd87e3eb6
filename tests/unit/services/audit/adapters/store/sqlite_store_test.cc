#include <gmock/gmock.h>

#include <fstream>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit::sqlite {
namespace {

using ::testing::HasSubstr;

class SqliteStoreTest : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "audit.db").native(); }
  std::string OpenError() {
    const auto store = SqliteStore::Open({path()});
    EXPECT_FALSE(store.ok());
    return std::string(store.status().message());
  }
  static std::vector<IndexedLeaf> OneLeaf() {
    return {NewIndexedLeaf({"00112233aabbccdd", 1}, "bytes", NewIndex("a", 5))};
  }

  TestFolder folder_;
};

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsNamed) {
  std::ofstream(path()) << std::string(5000, 'x');
  EXPECT_THAT(OpenError(), HasSubstr(path()));
  EXPECT_EQ(SqliteStore::Open({path()}).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SqliteStoreTest, ADamagedDatabaseIsNamed) {
  ASSERT_TRUE((*SqliteStore::Open({path()}))->Append(OneLeaf()).ok());
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(4000, '\x7f');
  }
  EXPECT_THAT(OpenError(), HasSubstr(path()));
}

TEST_F(SqliteStoreTest, OthersMayNotReadIt) {
  ASSERT_TRUE(SqliteStore::Open({path()}).ok());
  const auto permissions = std::filesystem::status(path()).permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::others_all, std::filesystem::perms::none);
}

TEST_F(SqliteStoreTest, AFolderThatIsNotThereIsNamed) {
  const std::string missing = (folder_.path() / "no" / "audit.db").native();
  EXPECT_THAT(std::string(SqliteStore::Open({missing}).status().message()), HasSubstr(missing));
}

TEST_F(SqliteStoreTest, ADatabaseOfAnotherProgramIsLeftAlone) {
  ASSERT_TRUE(SqliteDatabase::Open(path(), OpenMode::kReadWrite)->Execute("CREATE TABLE theirs(x)").ok());
  EXPECT_THAT(OpenError(), HasSubstr("another program"));
}

TEST_F(SqliteStoreTest, ADatabaseOfANewerVersionIsLeftAlone) {
  ASSERT_TRUE(SqliteStore::Open({path()}).ok());
  ASSERT_TRUE(SqliteDatabase::Open(path(), OpenMode::kReadWrite)->Execute("PRAGMA user_version=99").ok());
  EXPECT_THAT(OpenError(), HasSubstr("newer version"));
}

TEST_F(SqliteStoreTest, ReadingOnlyWorksBesideTheWriterAndChangesNothing) {
  EXPECT_EQ(SqliteStore::OpenReadOnly(path()).status().code(), absl::StatusCode::kNotFound);
  const auto writer = *SqliteStore::Open({path()});
  ASSERT_TRUE(writer->Append(OneLeaf()).ok());
  const auto reader = SqliteStore::OpenReadOnly(path());
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->Find({})->size(), 1u);
  EXPECT_EQ((*reader)->FindRoot({"00112233aabbccdd", 1})->size(), 1u);
  EXPECT_TRUE((*reader)->FindRoot({"00112233aabbccdd", 2})->empty());
  EXPECT_TRUE((*reader)->FindRoot({"ffffffffffffffff", 1})->empty());
  EXPECT_EQ((*reader)->Append(OneLeaf()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RemoveBefore(**reader, 10, 10).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SqliteStoreTest, NamesOfRemovedRecordsGoToo) {
  auto store = *SqliteStore::Open({path()});
  std::vector<IndexedLeaf> leaves;
  for (uint64_t i = 1; i <= 3; ++i) {
    LeafIndex index = NewIndex("r", static_cast<int64_t>(i * 10));
    index.names[NameIndex("user")] = Keep("user " + std::to_string(i));
    leaves.push_back(NewIndexedLeaf({"00112233aabbccdd", i}, "bytes", index));
  }
  ASSERT_TRUE(store->Append(leaves).ok());
  const auto names = [&] {
    auto database = SqliteDatabase::Open(path(), OpenMode::kReadOnly);
    auto statement =
        database->Prepare("SELECT group_concat(text) FROM (SELECT text FROM names ORDER BY text)");
    EXPECT_TRUE(*statement->Step());
    return statement->Bytes(0);
  };
  EXPECT_EQ(names(), "allow,user 1,user 2,user 3");
  EXPECT_EQ(*RemoveBefore(*store, 25, 2), 2u);
  // Here the process ended: the last step comes after the next start.
  store.reset();
  store = *SqliteStore::Open({path()});
  EXPECT_EQ(names(), "allow,user 1,user 2,user 3");
  EXPECT_EQ(*RemoveBefore(*store, 25, 2), 0u);
  EXPECT_EQ(names(), "allow,user 3");
  LeafIndex index = NewIndex("r", 40);
  index.names[NameIndex("user")] = "user 1";
  ASSERT_TRUE(store->Append(std::vector{NewIndexedLeaf({"00112233aabbccdd", 4}, "bytes", index)}).ok());
  EXPECT_EQ(store->Find({.user = "user 1"})->size(), 1u);
  EXPECT_EQ(names(), "allow,user 1,user 3");
}

}  // namespace
}  // namespace portcullis::audit::sqlite
