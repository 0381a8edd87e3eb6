#include "services/policy/adapters/catalog_store/sqlite_catalog_store.h"

#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "tests/unit/services/policy/adapters/catalog_store/catalog_changes.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(SqliteCatalogStore, ReadOnlyMakesNoFile) {
  const testing::TempDir dir;
  const std::string file = dir.File("policies.db");
  EXPECT_THAT(SqliteCatalogStore::Open(file, true), IsOk());
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(SqliteCatalogStore, WhatIsNoCatalogueIsRefused) {
  const testing::TempDir dir;
  dir.Write("policies.db", std::string(4096, 'x'));
  EXPECT_THAT(SqliteCatalogStore::Open(dir.File("policies.db"), false), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(SqliteCatalogStore::Open(dir.File("no/such/policies.db"), false),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("policies.db")));
}

}  // namespace
}  // namespace portcullis::policy
