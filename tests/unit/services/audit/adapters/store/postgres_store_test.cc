// What PostgreSQL adds to what every store does: several services at once, a server that goes and comes back,
// partitions by day.
#include "services/audit/adapters/store/postgresql/postgres_store.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "libs/crypto/merkle.h"
#include "libs/testing/postgres_server.h"
#include "services/audit/api/leaf_hash.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit::postgresql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kDay = 86'400'000'000;

class PostgresStoreTest : public ::testing::Test {
 protected:
  static PostgresOptions OptionsIn(const std::string& connection) {
    PostgresOptions options;
    options.connection.parameters = connection;
    options.log_id = crypto::RandomHex(16);
    return options;
  }
  std::unique_ptr<PostgresStore> Open(const PostgresOptions& options) {
    auto store = PostgresStore::Open(options, clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  static IndexedLeaf NewLeaf(const LeafId& id, LeafIndex index) {
    return NewIndexedLeaf(id, "leaf " + id.spool + std::to_string(id.sequence), std::move(index));
  }
  static LeafId Id(char spool, uint64_t sequence) { return {std::string(16, spool), sequence}; }
  static absl::Status Append(Store& store, const IndexedLeaf& leaf) {
    return store.Append(std::span(&leaf, 1));
  }

  // The root that the log's own entries make.
  static crypto::Digest RootOfEntries(LogStore& log) {
    crypto::MerkleHasher hasher;
    crypto::MerkleFrontier tree;
    const absl::Status read = log.ForEachEntry(0, *log.TreeSize(), [&](const LogEntry& entry) {
      EXPECT_TRUE(entry.bytes.has_value());
      if (!entry.bytes) return absl::OkStatus();
      EXPECT_EQ(entry.hash, HashOfLeaf(hasher, entry.id, *entry.bytes));
      tree.Append(entry.hash);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return tree.Root();
  }
  static void ExpectTree(LogStore& log) {
    const auto root = crypto::MerkleRoot(
        *log.TreeSize(), [&](int level, uint64_t index) { return log.TreeNode(level, index); });
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(*root, RootOfEntries(log));
  }

  testing::PostgresServer& server_ = testing::SharedPostgres();
  const std::string database_ = server_.NewDatabase();
  base::SystemClock clock_;
};

TEST_F(PostgresStoreTest, NothingIsLostNorDoubledWhenTheServerIsRestarted) {
  const auto store = Open(OptionsIn(database_));
  std::vector<IndexedLeaf> unacknowledged;
  int failures = 0;
  for (uint64_t i = 1; i <= 60; ++i) {
    if (i == 20) server_.Stop(testing::PostgresServer::How::kAtOnce);
    if (i == 40) server_.Stop(testing::PostgresServer::How::kOrderly);
    unacknowledged = {NewLeaf(Id('a', i), NewIndex("r" + std::to_string(i)))};
    absl::Status status = store->Append(unacknowledged);
    if (i == 20 || i == 40) {
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
      EXPECT_EQ(store->Find({}).status().code(), absl::StatusCode::kUnavailable);
      server_.Start();
    }
    EXPECT_TRUE(Eventually([&] {
      if (!status.ok()) ++failures, status = store->Append(unacknowledged);
      return status.ok();
    })) << status;
  }
  EXPECT_GE(failures, 2);
  EXPECT_TRUE(Eventually([&] { return store->TreeSize().ok(); }));
  EXPECT_EQ(*store->TreeSize(), 60u);
  EXPECT_EQ(store->Find({.limit = 1000})->size(), 60u);
  ExpectTree(*store);
}

TEST_F(PostgresStoreTest, AServiceStartsOnlyWithAServer) {
  PostgresOptions options = OptionsIn("host=" + server_.folder().native() + " dbname=none user=portcullis");
  options.connection.password = "s3cret-of-the-test";
  const absl::Status status = PostgresStore::Open(options, clock_).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("none"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
}

TEST_F(PostgresStoreTest, SeveralServicesWriteAtOnceEachToItsLog) {
  constexpr uint64_t kRequests = 400;
  const auto a = Open(OptionsIn(database_)), b = Open(OptionsIn(database_));
  ASSERT_TRUE(a && b);
  std::atomic<bool> done = false;
  std::set<uint64_t> followed;
  std::jthread follower([&] {
    const auto reader = Open(OptionsIn(database_));
    Query query = {.limit = 1000};
    for (bool last = false; !last;) {
      last = done;
      const auto page = reader->Find(query);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const StoredLeaves& record : *page) {
        if (record.leaves.size() == 2) followed.insert(record.root.sequence);
        query.after = record.row;
      }
    }
  });
  // One has the intents of odd requests and the outcomes of even ones, the other the rest, each at its pace.
  const auto write = [&](PostgresStore& store, uint64_t odd) {
    for (uint64_t i = 1; i <= kRequests; ++i) {
      LeafIndex intent = NewIndex("r" + std::to_string(i), static_cast<int64_t>(i), "");
      intent.names[NameIndex("user")] = Keep("user " + std::to_string(i % 40));
      intent.kind = LeafKind::kIntent;
      LeafIndex outcome = NewIndex("r" + std::to_string(i), static_cast<int64_t>(i), "allow");
      outcome.root_spool = Keep(std::string(16, 'a'));
      outcome.root_sequence = i;
      const IndexedLeaf leaf = i % 2 == odd ? NewLeaf(Id('a', i), intent) : NewLeaf(Id('b', i), outcome);
      const absl::Status status = Append(store, leaf);
      ASSERT_TRUE(status.ok()) << status;
    }
  };
  {
    std::jthread other([&] { write(*b, 0); });
    write(*a, 1);
  }
  done = true;
  follower.join();
  EXPECT_EQ(followed.size(), kRequests);
  EXPECT_EQ(*a->TreeSize() + *b->TreeSize(), 2 * kRequests);
  EXPECT_NE(a->log_id(), b->log_id());
  ExpectTree(*a);
  ExpectTree(*b);
  EXPECT_EQ(a->Aggregate({.query = {.verdict = "allow"}})->total.records, kRequests);
  EXPECT_EQ(b->Find({.limit = 1000, .user = "user 7"})->size(), kRequests / 40);
}

TEST_F(PostgresStoreTest, ALeafThatIsSentAgainToAnotherServiceIsStoredOnce) {
  const auto a = Open(OptionsIn(database_)), b = Open(OptionsIn(database_));
  const IndexedLeaf leaf = NewLeaf(Id('a', 1), NewIndex("r"));
  ASSERT_TRUE(Append(*a, leaf).ok());
  ASSERT_TRUE(Append(*b, leaf).ok());
  EXPECT_EQ(*a->TreeSize(), 1u);
  EXPECT_EQ(*b->TreeSize(), 0u);
  EXPECT_EQ(b->Find({})->size(), 1u);
}

TEST_F(PostgresStoreTest, ALogHasOneWriter) {
  const PostgresOptions options = OptionsIn(database_);
  const auto store = Open(options);
  const absl::Status status = PostgresStore::Open(options, clock_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("state folder of its own"));
}

TEST_F(PostgresStoreTest, ALeafThatAnotherServiceTookAndRemovedIsNotStoredAgain) {
  const auto a = Open(OptionsIn(database_)), b = Open(OptionsIn(database_));
  ASSERT_TRUE(Append(*a, NewLeaf(Id('a', 1), NewIndex("r", 10))).ok());
  ASSERT_TRUE(Append(*a, NewLeaf(Id('a', 2), NewIndex("r", 1000))).ok());
  ASSERT_TRUE(Append(*b, NewLeaf(Id('a', 3), NewIndex("r", 1000))).ok());
  ASSERT_EQ(*RemoveBefore(*b, 20, 10), 1u);
  ASSERT_TRUE(Append(*b, NewLeaf(Id('a', 1), NewIndex("r", 10))).ok());
  EXPECT_EQ(*b->TreeSize(), 1u);
  EXPECT_EQ(b->Find({})->size(), 2u);
}

TEST_F(PostgresStoreTest, NamesThatAnotherServiceRemovedAreMadeAgain) {
  const auto a = Open(OptionsIn(database_)), b = Open(OptionsIn(database_));
  LeafIndex index = NewIndex("r", 10);
  index.names[NameIndex("user")] = "user";
  ASSERT_TRUE(Append(*a, NewLeaf(Id('a', 1), index)).ok());
  EXPECT_EQ(*RemoveBefore(*b, 20, 10), 1u);
  index.time_us = 30;
  ASSERT_TRUE(Append(*a, NewLeaf(Id('a', 2), index)).ok());
  EXPECT_EQ(a->Find({.user = "user"})->size(), 1u);
  EXPECT_EQ(server_.Run(database_, "SELECT count(*) FROM portcullis_audit.names WHERE text = 'user'"), "1");
}

TEST_F(PostgresStoreTest, LeavesLieByDayAndEmptyDaysGo) {
  const auto a = Open(OptionsIn(database_)), b = Open(OptionsIn(database_));
  for (uint64_t day = 1; day <= 6; ++day) {
    ASSERT_TRUE(Append(*a, NewLeaf(Id('a', day), NewIndex("r", static_cast<int64_t>(day) * kDay + 5))).ok());
  }
  const auto days = [&] {
    return server_.Run(database_,
                       "SELECT string_agg(tableoid::regclass::text, ' ' ORDER BY day) "
                       "FROM portcullis_audit.leaves");
  };
  EXPECT_THAT(days(), HasSubstr("leaves_1 portcullis_audit.leaves_2 portcullis_audit.leaves_3"));
  EXPECT_EQ(*RemoveBefore(*b, 4 * kDay, 10), 3u);
  EXPECT_EQ(server_.Run(database_, "SELECT to_regclass('portcullis_audit.leaves_3') IS NULL"), "t");
  EXPECT_EQ(server_.Run(database_, "SELECT to_regclass('portcullis_audit.leaves_4') IS NULL"), "f");
  EXPECT_EQ(a->Find({})->size(), 3u);
  EXPECT_EQ(*a->TreeSize(), 6u);
  // The other service knew of the day.
  ASSERT_TRUE(Append(*a, NewLeaf(Id('a', 7), NewIndex("r", 3 * kDay))).ok());
  EXPECT_EQ(a->Find({})->size(), 4u);
}

TEST_F(PostgresStoreTest, NamesMayHoldAnything) {
  const auto store = Open(OptionsIn(database_));
  const std::string odd("\xff\0\xc3( '\\", 7);
  LeafIndex index = NewIndex(odd, 10);
  index.names[NameIndex("user")] = odd;
  index.names[NameIndex("reason")] = Keep(std::string(9000, 'x'));
  ASSERT_TRUE(Append(*store, NewLeaf(Id('a', 1), index)).ok());
  EXPECT_EQ(store->Find({.request_id = odd})->size(), 1u);
  EXPECT_EQ(store->Find({.user = odd})->size(), 1u);
  EXPECT_EQ(store->Find({.text = "XXX"})->size(), 1u);
}

TEST_F(PostgresStoreTest, ReadersNeedNoLogAndChangeNothing) {
  PostgresOptions options = OptionsIn(database_);
  EXPECT_EQ(PostgresStore::OpenReadOnly(options, clock_).status().code(), absl::StatusCode::kNotFound);
  const auto writer = Open(options);
  ASSERT_TRUE(Append(*writer, NewLeaf(Id('a', 1), NewIndex("r"))).ok());
  const auto log = PostgresStore::OpenReadOnly(options, clock_);
  ASSERT_TRUE(log.ok()) << log.status();
  ExpectTree(**log);
  options.log_id = "";
  const auto records = PostgresStore::OpenReadOnly(options, clock_);
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ((*records)->Find({})->size(), 1u);
  EXPECT_EQ((*records)->FindRoot(Id('a', 1))->size(), 1u);
  EXPECT_EQ(Append(**records, NewLeaf(Id('a', 2), NewIndex("r"))).code(),
            absl::StatusCode::kFailedPrecondition);
  options.log_id = std::string(32, 'f');
  EXPECT_EQ(PostgresStore::OpenReadOnly(options, clock_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(PostgresStoreTest, TablesOfANewerVersionAreLeftAlone) {
  const PostgresOptions options = OptionsIn(database_);
  ASSERT_TRUE(PostgresStore::Open(options, clock_).ok());
  server_.Run(database_, "UPDATE portcullis_audit.version SET version = 99");
  for (const auto& status : {PostgresStore::Open(options, clock_).status(),
                             PostgresStore::OpenReadOnly(options, clock_).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("newer version"));
  }
}

TEST(PostgresParameters, HoldNoPassword) {
  EXPECT_TRUE(pg::CheckParameters("host=db dbname=audit user=portcullis sslmode=verify-full").ok());
  EXPECT_TRUE(pg::CheckParameters("postgresql://portcullis@db:5433/audit").ok());
  for (const char* bad :
       {"host=db password=s3cret", "postgresql://portcullis:s3cret@db/audit", "nonsense=1", "host"}) {
    const absl::Status status = pg::CheckParameters(bad);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace portcullis::audit::postgresql
