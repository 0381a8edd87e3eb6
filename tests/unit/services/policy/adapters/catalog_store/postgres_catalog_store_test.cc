// What is PostgreSQL's own: a server that goes and comes back, foreign tables, wrong addresses.
#include "services/policy/adapters/catalog_store/postgres_catalog_store.h"

#include <gtest/gtest.h>

#include "libs/testing/postgres_server.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/wait.h"
#include "tests/unit/services/policy/adapters/catalog_store/catalog_changes.h"

namespace portcullis::policy {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class PostgresCatalogStoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<PostgresCatalogStore>> Open() {
    pg::Connection connection;
    connection.parameters = connection_;
    return PostgresCatalogStore::Open(connection, false, clock_);
  }

  testing::PostgresServer& server_ = testing::SharedPostgres();
  const std::string connection_ = server_.NewDatabase();
  base::SystemClock clock_;
};

TEST_F(PostgresCatalogStoreTest, AServerThatGoesComesBack) {
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  ASSERT_THAT(store->Write(Changed("a", 1, "created")), IsOk());
  const int64_t changes = *store->ForeignChanges();
  for (const auto how : {testing::PostgresServer::How::kAtOnce, testing::PostgresServer::How::kOrderly}) {
    server_.Stop(how);
    EXPECT_THAT(store->Write(Changed("b", 1, "created")), StatusIs(StatusCode::kUnavailable));
    EXPECT_THAT(store->Load(), StatusIs(StatusCode::kUnavailable));
    EXPECT_THAT(store->ForeignChanges(), StatusIs(StatusCode::kUnavailable));
    server_.Start();
    EXPECT_TRUE(testing::WaitUntil([&] { return store->Load().ok(); }));
  }
  EXPECT_EQ(*store->ForeignChanges(), changes);
  ASSERT_THAT(store->Write(Changed("a", 2, "updated")), IsOk());
  EXPECT_EQ(store->Load()->at(0).version, 2u);
}

TEST_F(PostgresCatalogStoreTest, ANewerFormIsRefused) {
  ASSERT_THAT(Open(), IsOk());
  server_.Run(connection_, "UPDATE portcullis_policy.meta SET value = 2 WHERE key = 'form'");
  EXPECT_THAT(Open(), StatusIs(StatusCode::kFailedPrecondition, HasSubstr("its form 2")));
}

TEST_F(PostgresCatalogStoreTest, APolicyThatCannotBeReadIsTold) {
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  server_.Run(connection_, "INSERT INTO portcullis_policy.policies VALUES('x', 1, 'nope')");
  EXPECT_THAT(store->Load(), StatusIs(StatusCode::kDataLoss, HasSubstr("policy x")));
}

TEST_F(PostgresCatalogStoreTest, ItLivesBesideOtherTables) {
  server_.Run(connection_, "CREATE TABLE policies(of BIGINT); CREATE TABLE meta(other TEXT)");
  ASSERT_OK_AND_ASSIGN(const auto store, Open());
  ASSERT_THAT(store->Write(Changed("a", 1, "created")), IsOk());
  EXPECT_EQ(server_.Run(connection_, "SELECT count(*) FROM public.policies"), "0");
  EXPECT_EQ(server_.Run(connection_, "SELECT count(*) FROM portcullis_policy.policies"), "1");
}

}  // namespace
}  // namespace portcullis::policy
