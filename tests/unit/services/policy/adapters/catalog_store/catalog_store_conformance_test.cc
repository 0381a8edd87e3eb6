// What holds of every store of the catalogue.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/testing/postgres_server.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "services/policy/adapters/catalog_store/postgres_catalog_store.h"
#include "services/policy/adapters/catalog_store/sqlite_catalog_store.h"
#include "tests/unit/services/policy/adapters/catalog_store/catalog_changes.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using testing::IsOk;
using testing::StatusIs;

// A place for a catalogue.
class Place {
 public:
  virtual ~Place() = default;
  virtual absl::StatusOr<std::unique_ptr<CatalogStore>> Open(bool read_only) = 0;
};

class SqlitePlace final : public Place {
 public:
  absl::StatusOr<std::unique_ptr<CatalogStore>> Open(bool read_only) override {
    return SqliteCatalogStore::Open(dir_.File("policies.db"), read_only);
  }

 private:
  testing::TempDir dir_;
};

class PostgresPlace final : public Place {
 public:
  absl::StatusOr<std::unique_ptr<CatalogStore>> Open(bool read_only) override {
    pg::Connection connection;
    connection.parameters = connection_;
    return PostgresCatalogStore::Open(connection, read_only, clock_);
  }

 private:
  base::SystemClock clock_;
  const std::string connection_ = testing::SharedPostgres().NewDatabase();
};

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Place>()> make;
};

class CatalogStoreTest : public ::testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<CatalogStore> Open(bool read_only = false) {
    auto store = place_->Open(read_only);
    EXPECT_THAT(store, IsOk());
    return *std::move(store);
  }

  const std::unique_ptr<Place> place_ = GetParam().make();
};

TEST_P(CatalogStoreTest, WhatIsWrittenIsThereAfterItIsOpenedAgain) {
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
  EXPECT_EQ(versions->at(0).summary, "name");
  EXPECT_EQ(versions->at(1).policy.version, 1u);
  EXPECT_EQ(store->Versions("a", 1)->size(), 1u);
  EXPECT_TRUE(store->Versions("b", 10)->empty());
}

TEST_P(CatalogStoreTest, AChangeOfAnotherProcessIsNotOverwritten) {
  const auto mine = Open();
  const auto other = Open();
  const int64_t before = *mine->ForeignChanges();
  ASSERT_THAT(mine->Write(Changed("a", 1, "created")), IsOk());
  EXPECT_EQ(*mine->ForeignChanges(), before) << "one's own changes are not foreign";
  ASSERT_THAT(other->Write(Changed("a", 2, "updated")), IsOk());
  EXPECT_NE(*mine->ForeignChanges(), before);
  const int64_t after = *mine->ForeignChanges();
  EXPECT_THAT(mine->Write(Changed("a", 2, "updated")), StatusIs(StatusCode::kAborted));
  EXPECT_THAT(mine->Write(Changed("a", 2, "deleted")), StatusIs(StatusCode::kAborted));
  EXPECT_EQ(*mine->ForeignChanges(), after) << "what was refused is no change";
  EXPECT_EQ(mine->Load()->at(0).version, 2u);
}

TEST_P(CatalogStoreTest, OfWritersAtOnceOneIsTakenForEachVersion) {
  ASSERT_THAT(Open()->Write(Changed("a", 1, "created")), IsOk());
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&, store = std::shared_ptr<CatalogStore>(Open())] {
        for (uint64_t version = 2; version <= 10; ++version) {
          if (store->Write(Changed("a", version, "updated")).ok()) ++taken;
        }
      });
    }
  }
  EXPECT_EQ(taken + 1, static_cast<int>(Open()->Load()->at(0).version));
  EXPECT_EQ(Open()->Versions("a", 100)->size(), Open()->Load()->at(0).version);
}

TEST_P(CatalogStoreTest, OldVersionsAreForgotten) {
  const auto store = Open();
  for (uint64_t version = 1; version <= kMaxCatalogVersions + 3; ++version) {
    ASSERT_THAT(store->Write(Changed("a", version, version == 1 ? "created" : "updated")), IsOk());
  }
  const auto versions = store->Versions("a", 1'000);
  ASSERT_EQ(versions->size(), kMaxCatalogVersions);
  EXPECT_EQ(versions->back().policy.version, 4u);
}

TEST_P(CatalogStoreTest, ReadOnlyWritesNothing) {
  const auto absent = Open(true);
  EXPECT_TRUE(absent->Load()->empty());
  EXPECT_TRUE(absent->Versions("a", 1)->empty());
  EXPECT_THAT(absent->ForeignChanges(), IsOk());
  EXPECT_THAT(absent->Write(Changed("a", 1, "created")), StatusIs(StatusCode::kFailedPrecondition));
  EXPECT_TRUE(Open(true)->Load()->empty());
  ASSERT_THAT(Open()->Write(Changed("a", 1, "created")), IsOk());
  const auto store = Open(true);
  EXPECT_EQ(store->Load()->size(), 1u);
  EXPECT_THAT(store->Write(Changed("b", 1, "created")), StatusIs(StatusCode::kFailedPrecondition));
}

INSTANTIATE_TEST_SUITE_P(Stores, CatalogStoreTest,
                         ::testing::Values(Kind{"Sqlite", [] { return std::make_unique<SqlitePlace>(); }},
                                           Kind{"Postgresql",
                                                [] { return std::make_unique<PostgresPlace>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace portcullis::policy
