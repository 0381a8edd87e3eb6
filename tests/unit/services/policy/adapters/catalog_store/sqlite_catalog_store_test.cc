#include "services/policy/adapters/catalog_store/sqlite_catalog_store.h"

#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

CatalogResult Changed(std::string id, uint64_t version, std::string change) {
  CatalogResult result;
  result.policy.id = std::move(id);
  result.policy.name = "it's a \"name\"";
  result.policy.tenant = "one";
  result.policy.version = change == "deleted" ? version - 1 : version;
  result.version_before = version - 1;
  result.change = std::move(change);
  result.summary = "name";
  return result;
}

class SqliteCatalogStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteCatalogStore> Open(bool read_only = false) {
    auto store = SqliteCatalogStore::Open(dir_.File("policies.db"), read_only);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }

  testing::TempDir dir_;
};

TEST_F(SqliteCatalogStoreTest, WhatIsWrittenIsThereAfterItIsOpenedAgain) {
  {
    const auto store = Open();
    EXPECT_TRUE(store->Load()->empty());
    ASSERT_THAT(store->Write(Changed("a", 1, "created")), IsOk());
    ASSERT_THAT(store->Write(Changed("a", 2, "updated")), IsOk());
    ASSERT_THAT(store->Write(Changed("b", 1, "created")), IsOk());
    ASSERT_THAT(store->Write(Changed("b", 2, "deleted")), IsOk());
  }
  const auto store = Open();
  const auto policies = store->Load();
  ASSERT_THAT(policies, IsOk());
  ASSERT_EQ(policies->size(), 1u);
  EXPECT_EQ(policies->at(0).name, "it's a \"name\"");
  EXPECT_EQ(policies->at(0).version, 2u);
  const auto versions = store->Versions("a", 10);
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ(versions->at(0).change, "updated");
  EXPECT_EQ(versions->at(1).policy.version, 1u);
  EXPECT_EQ(store->Versions("a", 1)->size(), 1u);
  EXPECT_TRUE(store->Versions("b", 10)->empty());
}

TEST_F(SqliteCatalogStoreTest, AChangeOfAnotherProcessIsNotOverwritten) {
  const auto mine = Open();
  const auto other = Open();
  const int64_t before = *mine->ForeignChanges();
  ASSERT_THAT(mine->Write(Changed("a", 1, "created")), IsOk());
  EXPECT_EQ(*mine->ForeignChanges(), before) << "one's own changes are not foreign";
  ASSERT_THAT(other->Write(Changed("a", 2, "updated")), IsOk());
  EXPECT_NE(*mine->ForeignChanges(), before);
  EXPECT_THAT(mine->Write(Changed("a", 2, "updated")), StatusIs(StatusCode::kAborted));
  EXPECT_THAT(mine->Write(Changed("a", 2, "deleted")), StatusIs(StatusCode::kAborted));
  EXPECT_EQ(mine->Load()->at(0).version, 2u);
}

TEST_F(SqliteCatalogStoreTest, OldVersionsAreForgotten) {
  const auto store = Open();
  for (uint64_t version = 1; version <= kMaxCatalogVersions + 3; ++version) {
    ASSERT_THAT(store->Write(Changed("a", version, version == 1 ? "created" : "updated")), IsOk());
  }
  const auto versions = store->Versions("a", 1'000);
  ASSERT_EQ(versions->size(), kMaxCatalogVersions);
  EXPECT_EQ(versions->back().policy.version, 4u);
}

TEST_F(SqliteCatalogStoreTest, ReadOnlyWritesNothing) {
  const auto absent = Open(true);
  EXPECT_TRUE(absent->Load()->empty());
  EXPECT_TRUE(absent->Versions("a", 1)->empty());
  EXPECT_THAT(absent->Write(Changed("a", 1, "created")), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_FALSE(std::filesystem::exists(dir_.File("policies.db")));
  ASSERT_THAT(Open()->Write(Changed("a", 1, "created")), IsOk());
  const auto store = Open(true);
  EXPECT_EQ(store->Load()->size(), 1u);
  EXPECT_THAT(store->Write(Changed("b", 1, "created")), StatusIs(StatusCode::kFailedPrecondition));
}

TEST_F(SqliteCatalogStoreTest, WhatIsNoCatalogueIsRefused) {
  dir_.Write("policies.db", std::string(4096, 'x'));
  EXPECT_THAT(SqliteCatalogStore::Open(dir_.File("policies.db"), false), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(SqliteCatalogStore::Open(dir_.File("no/such/policies.db"), false),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("policies.db")));
}

}  // namespace
}  // namespace portcullis::policy
