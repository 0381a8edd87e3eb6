#include "services/audit/app/head_signer.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/head_anchor.h"
#include "services/audit/app/signing_key_file.h"
#include "services/audit/domain/head_json.h"
#include "services/audit/domain/key_chain.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

class HeadSignerTest : public ::testing::Test {
 protected:
  HeadSignerTest() { Reopen(); }

  std::string path() const { return (folder_.path() / "audit.db").native(); }
  void Reopen() {
    store_.reset();
    store_ = *sqlite::SqliteStore::Open({path()});
  }
  void Append(uint64_t sequence) {
    ASSERT_TRUE(store_
                    ->Append(std::vector{
                        NewIndexedLeaf({std::string(16, 'a'), sequence}, "bytes", NewIndex("request", 1))})
                    .ok());
  }
  HeadSigner NewSigner() {
    return HeadSigner(*crypto::SigningKey::FromPem(key_.Pem()), std::chrono::hours(1), *store_, clock_,
                      waiter_, metrics_, logger_);
  }
  void Alter(const char* sql) {
    store_.reset();
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &handle), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
    Reopen();
  }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  ConditionWaiter waiter_;
  const crypto::SigningKey key_ = crypto::SigningKey::Generate();
  std::unique_ptr<sqlite::SqliteStore> store_;
};

TEST_F(HeadSignerTest, SignsWhatTheLogIsAndOnlyWhenItGrew) {
  HeadSigner signer = NewSigner();
  EXPECT_FALSE(*signer.Sign());
  Append(1);
  EXPECT_TRUE(*signer.Sign());
  EXPECT_FALSE(*signer.Sign());
  Append(2);
  clock_.SetNow(1'800'000'000'000'000);
  EXPECT_TRUE(*signer.Sign());
  const std::vector<LogHead> heads = *store_->Heads();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[1].size, 2u);
  EXPECT_EQ(heads[1].time_us, 1'800'000'000'000'000);
  EXPECT_TRUE(VerifyHead(heads[1], key_.verifying_key()).ok());
  EXPECT_EQ(metrics_.Value("portcullis_audit_heads_total"), 2);
  EXPECT_EQ(metrics_.Value("portcullis_audit_tree_size"), 2);
}

TEST_F(HeadSignerTest, SignsAtTheEnd) {
  {
    HeadSigner signer = NewSigner();
    signer.Start();
    Append(1);
  }
  EXPECT_EQ((*store_->LatestHead())->size, 1u);
}

TEST_F(HeadSignerTest, AnAlteredLogIsNoticedAtTheStart) {
  Append(1);
  Append(2);
  ASSERT_TRUE(NewSigner().Sign().ok());
  EXPECT_TRUE(NewSigner().Compare().ok());
  Alter("UPDATE tiles SET hashes = x'00' || substr(hashes, 2) WHERE level = 0");
  EXPECT_EQ(NewSigner().Compare().code(), absl::StatusCode::kDataLoss);
  NewSigner().Start();
  EXPECT_EQ(metrics_.Value("portcullis_audit_head_errors_total"), 1);
}

TEST_F(HeadSignerTest, AShortenedLogIsNoticedAtTheStart) {
  Append(1);
  Append(2);
  ASSERT_TRUE(NewSigner().Sign().ok());
  Alter("UPDATE tree SET size = 1");
  const absl::Status status = NewSigner().Compare();
  EXPECT_EQ(status.message(), "it has 1 leaves, and a signed head says 2");
}

TEST_F(HeadSignerTest, TheKeyIsMadeOnceAndOnlyForItsOwner) {
  const auto path = folder_.path() / "audit-key.pem";
  const auto made = LoadOrMakeSigningKey(path);
  ASSERT_TRUE(made.ok()) << made.status();
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  const auto again = LoadOrMakeSigningKey(path);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->verifying_key().id(), made->verifying_key().id());
  std::ifstream open_part(folder_.path() / "audit-key.pub");
  const std::string pem(std::istreambuf_iterator<char>(open_part), {});
  EXPECT_EQ(crypto::VerifyingKey::FromPem(pem)->id(), made->verifying_key().id());
}

TEST_F(HeadSignerTest, AKeyThatOthersMayReadOrThatIsNoneIsRefused) {
  const auto path = folder_.path() / "audit-key.pem";
  std::ofstream(path) << "no key\n";
  chmod(path.c_str(), 0644);
  EXPECT_EQ(LoadOrMakeSigningKey(path).status().code(), absl::StatusCode::kFailedPrecondition);
  chmod(path.c_str(), 0600);
  EXPECT_EQ(LoadOrMakeSigningKey(path).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(HeadSignerTest, AReplacedKeySignsTheNextHeadAndItsLinkVouchesForIt) {
  const auto path = folder_.path() / "audit-key.pem";
  EXPECT_EQ(RotateSigningKey(path, store_->log_id(), clock_).status().code(), absl::StatusCode::kNotFound);
  HeadSigner signer(*LoadOrMakeSigningKey(path), std::chrono::hours(1), *store_, clock_, waiter_, metrics_,
                    logger_);
  SigningKeyWatch watch(path);
  signer.SetNewKey([&] { return watch.Changed(); });
  Append(1);
  EXPECT_TRUE(*signer.Sign());
  const auto next = RotateSigningKey(path, store_->log_id(), clock_);
  ASSERT_TRUE(next.ok()) << next.status();
  Append(2);
  EXPECT_TRUE(*signer.Sign());
  const std::vector<LogHead> heads = *store_->Heads();
  EXPECT_NE(heads[0].key_id, *next);
  EXPECT_EQ(heads[1].key_id, *next);
  std::ifstream file(KeyLinksPath(path));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto links = ParseKeyLinks(text);
  ASSERT_TRUE(links.ok() && links->size() == 1u) << text;
  const auto first = crypto::VerifyingKey::FromPem(links->at(0).old_key);
  EXPECT_EQ(first->id(), heads[0].key_id);
  const auto keys = FollowKeyLinks(store_->log_id(), {*first}, *links);
  ASSERT_TRUE(keys.ok() && keys->size() == 2u);
  EXPECT_TRUE(VerifyHead(heads[1], keys->at(1)).ok());
  struct stat about {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600u);
  EXPECT_EQ(LoadOrMakeSigningKey(path)->verifying_key().id(), *next);
}

TEST_F(HeadSignerTest, AKeyThatIsGoneIsToldAndTheOldOneSignsOn) {
  const auto path = folder_.path() / "audit-key.pem";
  HeadSigner signer(*LoadOrMakeSigningKey(path), std::chrono::hours(1), *store_, clock_, waiter_, metrics_,
                    logger_);
  SigningKeyWatch watch(path);
  signer.SetNewKey([&] { return watch.Changed(); });
  std::filesystem::remove(path);
  Append(1);
  EXPECT_TRUE(*signer.Sign());
  EXPECT_EQ(metrics_.Value("portcullis_audit_head_errors_total"), 1);
}

class HeadAnchorTest : public HeadSignerTest {
 protected:
  std::vector<LogHead> InFile() {
    std::ifstream file(folder_.path() / "anchors");
    const auto heads = ParseHeads(std::string(std::istreambuf_iterator<char>(file), {}));
    return heads.ok() ? *heads : std::vector<LogHead>{};
  }
  void Sign(uint64_t sequence) {
    Append(sequence);
    ASSERT_TRUE(*NewSigner().Sign());
  }
  HeadAnchor NewAnchor() {
    return HeadAnchor(
        {folder_.path() / "anchors", "http://host/secret", std::chrono::hours(1)},
        [this](const std::string& url, const std::string& body) {
          EXPECT_EQ(url, "http://host/secret");
          if (away_) return absl::UnavailableError("away");
          posted_ += body;
          return absl::OkStatus();
        },
        *store_, clock_, waiter_, metrics_, logger_);
  }

  bool away_ = false;
  std::string posted_;
};

TEST_F(HeadAnchorTest, EachHeadGoesToEachAnchorOnce) {
  HeadAnchor anchor = NewAnchor();
  anchor.Anchor();
  EXPECT_TRUE(InFile().empty());
  Sign(1);
  anchor.Anchor();
  anchor.Anchor();
  EXPECT_EQ(InFile().size(), 1u);
  away_ = true;
  Sign(2);
  anchor.Anchor();
  EXPECT_EQ(InFile().size(), 2u);
  EXPECT_EQ(ParseHeads(posted_)->size(), 1u);
  EXPECT_EQ(metrics_.Value("portcullis_audit_anchor_errors_total,webhook"), 1);
  away_ = false;
  anchor.Anchor();
  EXPECT_EQ(ParseHeads(posted_)->size(), 2u);
  EXPECT_EQ(InFile().size(), 2u);
  EXPECT_EQ(InFile().back().root, (*store_->LatestHead())->root);
  EXPECT_EQ(metrics_.Value("portcullis_audit_anchored_leaves,webhook"), 2);
}

TEST_F(HeadAnchorTest, TheLastHeadIsAnchoredAtTheEnd) {
  {
    HeadAnchor anchor = NewAnchor();
    anchor.Start();
    Sign(1);
  }
  EXPECT_EQ(InFile().size(), 1u);
}

TEST_F(HeadAnchorTest, AFileThatCannotBeWrittenIsCounted) {
  std::filesystem::create_directory(folder_.path() / "anchors");
  Sign(1);
  NewAnchor().Anchor();
  EXPECT_EQ(metrics_.Value("portcullis_audit_anchor_errors_total,file"), 1);
}

}  // namespace
}  // namespace portcullis::audit
