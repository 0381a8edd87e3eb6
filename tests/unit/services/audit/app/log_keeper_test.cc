#include "services/audit/app/log_keeper.h"

#include <gmock/gmock.h>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/retention.h"
#include "services/audit/client/content_keys.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/domain/query_json.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr int64_t kDayUs = int64_t{24} * 3600 * 1'000'000;

class LogKeeperTest : public ::testing::Test {
 protected:
  LogKeeperTest()
      : store_(*sqlite::SqliteStore::Open({(folder_.path() / "audit.db").native()})),
        handler_(*store_, clock_, metrics_, logger_) {
    MakeKeeper(true);
  }

  void MakeKeeper(bool immutable) {
    keeper_ = std::make_unique<LogKeeper>(immutable, *store_, handler_, clock_, metrics_, logger_);
  }
  void Append(const std::string& request_id, const std::string& tenant, const std::string& user,
              int days_old = 0) {
    Record record = SmallRecord(request_id);
    record.time_us = record.started_us = clock_.Now().time_since_epoch().count() - days_old * kDayUs;
    record.tenant = tenant;
    record.user = user;
    Leaf leaf{{"00112233aabbccdd", ++sequence_}, ""};
    Encode(record, &leaf.bytes);
    handler_.Append({leaf}, [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  }
  std::vector<StoredRecord> Find(const Query& query = {}) {
    std::vector<StoredRecord> found;
    handler_.Find(query, [&](auto records) { found = *std::move(records); });
    return found;
  }
  // Of requests, not of operators.
  std::vector<std::string> Requests() {
    std::vector<std::string> ids;
    for (const StoredRecord& found : Find({.limit = 1000})) {
      if (found.record.endpoint.empty()) ids.push_back(found.record.request_id);
    }
    return ids;
  }
  RemovalState Remove(const Query& query) {
    const auto id = keeper_->Remove(query, "ticket 7", {"ann", "10.0.0.1"});
    EXPECT_TRUE(id.ok()) << id.status();
    EXPECT_TRUE(Eventually([&] { return !keeper_->LastRemoval()->running; }));
    return *keeper_->LastRemoval();
  }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  std::unique_ptr<sqlite::SqliteStore> store_;
  AuditHandler handler_;
  std::unique_ptr<LogKeeper> keeper_;
  uint64_t sequence_ = 0;
};

TEST_F(LogKeeperTest, AnErasureRemovesAUserAndIsARecordWithoutTheName) {
  for (int i = 0; i < 1200; ++i) Append("r" + std::to_string(i), "acme", i % 2 == 0 ? "zoe" : "max");
  Append("other", "bank", "zoe");
  const RemovalState state = Remove({.tenant = "acme", .user = "zoe"});
  EXPECT_TRUE(state.status.ok()) << state.status;
  EXPECT_EQ(state.removed, 600u);
  EXPECT_EQ(Find({.limit = 10'000, .user = "max"}).size(), 600u);
  EXPECT_EQ(Find({.user = "zoe"}).size(), 1u);
  const auto found = Find({.reason = "operator.erase"});
  ASSERT_EQ(found.size(), 1u);
  const Record& record = found[0].record;
  EXPECT_EQ(record.request_id, state.request_id);
  EXPECT_EQ(record.principal, "operator:ann");
  EXPECT_EQ(record.client_address, "10.0.0.1");
  EXPECT_EQ(record.outcome, "ok");
  ASSERT_EQ(record.findings.size(), 2u);
  EXPECT_EQ(record.findings[0].reason, "ticket 7");
  EXPECT_EQ(record.findings[1].reason, "removed 600, held 0");
  EXPECT_EQ(record.target, "sha256:" + crypto::Hex(crypto::Sha256Of(
                                           record.request_id + "\n{\"tenant\":\"acme\",\"user\":\"zoe\"}")));
  EXPECT_EQ(metrics_.Value("portcullis_audit_erased_total"), 600);
}

TEST_F(LogKeeperTest, AnErasureOfContentAloneKeepsTheRecordsAndSaysHowManyKeysWent) {
  for (const std::string user : {"zoe", "max"}) {
    Record record = SmallRecord("of " + user);
    record.user = user;
    const ContentText text{"input", "hello", false, std::string(kSaltBytes, 's')};
    record.contents = {CommitmentTo(text, "encrypted")};
    ContentKeys keys;
    keys.Add("k1", crypto::RandomKey());
    Leaf leaf{{"00112233aabbccdd", ++sequence_}, "", Pack(keys.Seal(record, {text}, true))};
    Encode(record, &leaf.bytes);
    handler_.Append({leaf}, [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  }
  const auto contents = [&](const std::string& id) {
    size_t found = 0;
    handler_.ReadContent({.request_id = id}, [&](auto records) { found = records->at(0).contents.size(); });
    return found;
  };
  EXPECT_EQ(contents("of zoe"), 1u);
  ASSERT_TRUE(keeper_->Remove({.user = "zoe"}, "ticket 7", {"ann", ""}, true).ok());
  ASSERT_TRUE(Eventually([&] { return !keeper_->LastRemoval()->running; }));
  EXPECT_EQ(keeper_->LastRemoval()->keys, 1u);
  EXPECT_EQ(contents("of zoe"), 0u);
  EXPECT_EQ(contents("of max"), 1u);
  EXPECT_EQ(Requests().size(), 2u);
  const auto found = Find({.reason = "operator.erase_content"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].record.findings[1].reason, "removed 1, held 0, contents 1, keys 1");
  EXPECT_EQ(metrics_.Value("portcullis_audit_contents_removed_total"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_audit_erased_total"), 0);
  EXPECT_EQ(keeper_->Remove({.tenant = "acme"}, "ticket 7", {"ann", ""}, true).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(LogKeeperTest, ContentMayGoBeforeItsRecord) {
  Append("old", "acme", "zoe", 40);
  Leaf leaf{{"00112233aabbccdd", ++sequence_}, "", Pack(ContentEnvelope{"", "", "", "clear"})};
  Record record = SmallRecord("with");
  record.time_us = record.started_us = clock_.Now().time_since_epoch().count() - 8 * kDayUs;
  Encode(record, &leaf.bytes);
  handler_.Append({leaf}, [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  ConditionWaiter waiter;
  Retention retention({365, {}, 7}, *store_, clock_, waiter, metrics_, logger_);
  const auto round = retention.RemoveExpired();
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_EQ(round->contents, 1u);
  EXPECT_EQ(round->removed, 0u);
  EXPECT_EQ(Requests().size(), 2u);
  EXPECT_EQ(retention.RemoveExpired()->contents, 0u);
}

TEST_F(LogKeeperTest, AnImmutableLogRefusesEveryOtherRemoval) {
  Append("r", "acme", "zoe");
  for (const Query& query : {Query{}, Query{.tenant = "acme"}, Query{.verdict = "allow", .user = "zoe"},
                             Query{.request_id = "r"}, Query{.until_us = 1, .user = "zoe"}}) {
    const absl::Status status = keeper_->Remove(query, "ticket 7", {"ann", ""}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << QueryJson(query);
    EXPECT_THAT(std::string(status.message()), HasSubstr("immutable"));
  }
  EXPECT_EQ(Find().size(), 1u);
  MakeKeeper(false);
  EXPECT_EQ(keeper_->Remove({}, "ticket 7", {"ann", ""}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Remove({.tenant = "acme"}).removed, 1u);
  EXPECT_EQ(Find({.reason = "operator.remove"}).size(), 1u);
}

TEST_F(LogKeeperTest, NobodyErasesTheirOwnTraces) {
  Append("r", "acme", "zoe");
  Remove({.user = "zoe"});
  Record drain = SmallRecord("drain");
  drain.user = "ann";
  drain.endpoint = "/targets";
  drain.reason_code = "operator.drain";
  Leaf leaf{{"00112233aabbccdd", ++sequence_}, ""};
  Encode(drain, &leaf.bytes);
  handler_.Append({leaf}, [](const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; });
  EXPECT_EQ(Remove({.user = "ann"}).removed, 0u);
  EXPECT_EQ(Find({.user = "ann"}).size(), 1u);
  EXPECT_EQ(Remove({.principal = "operator:ann"}).removed, 0u);
  EXPECT_EQ(Find({.principal = "operator:ann"}).size(), 3u);
}

TEST_F(LogKeeperTest, AHoldOutlivesErasureAndRetentionUntilItIsReleased) {
  Append("held", "acme", "zoe", 40);
  Append("free", "acme", "max", 40);
  const auto hold = keeper_->PlaceHold({.user = "zoe"}, "case 7", {"ann", ""});
  ASSERT_TRUE(hold.ok()) << hold.status();
  EXPECT_EQ(metrics_.Value("portcullis_audit_holds"), 1);
  EXPECT_EQ(Remove({.user = "zoe"}).held, 1u);
  ConditionWaiter waiter;
  Retention retention({30, {}}, *store_, clock_, waiter, metrics_, logger_);
  auto round = retention.RemoveExpired();
  EXPECT_EQ(round->removed, 1u);
  EXPECT_EQ(round->held, 1u);
  EXPECT_THAT(Requests(), UnorderedElementsAre("held"));
  EXPECT_EQ(keeper_->ReleaseHold("none", "case 7", {"ann", ""}).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(keeper_->ReleaseHold(hold->id, "case closed", {"ann", ""}).ok());
  EXPECT_EQ(metrics_.Value("portcullis_audit_holds"), 0);
  EXPECT_EQ(retention.RemoveExpired()->removed, 1u);
  EXPECT_TRUE(Requests().empty());
  EXPECT_EQ(Find({.reason = "operator.place_hold"}).size(), 1u);
  EXPECT_EQ(Find({.reason = "operator.release_hold"}).size(), 2u);
}

TEST_F(LogKeeperTest, ATenantHasARetentionOfItsOwn) {
  for (const int days : {10, 40, 400}) {
    Append("a" + std::to_string(days), "acme", "", days);
    Append("b" + std::to_string(days), "bank", "", days);
    Append("c" + std::to_string(days), "", "", days);
  }
  ConditionWaiter waiter;
  Retention retention({30, {{"acme", 5}, {"bank", 365}}}, *store_, clock_, waiter, metrics_, logger_);
  EXPECT_EQ(retention.RemoveExpired()->removed, 6u);
  EXPECT_THAT(Requests(), UnorderedElementsAre("b10", "b40", "c10"));
  Retention only_tenants({0, {{"bank", 20}}}, *store_, clock_, waiter, metrics_, logger_);
  EXPECT_EQ(only_tenants.RemoveExpired()->removed, 1u);
}

TEST_F(LogKeeperTest, WhatCannotBeIsRefused) {
  const Operator ann = {"ann", ""};
  EXPECT_EQ(keeper_->PlaceHold({.user = "zoe"}, "", ann).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(keeper_->PlaceHold({.user = "zoe"}, "two\nlines", ann).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(keeper_->PlaceHold({.user = "zoe"}, "case", {"", ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(keeper_->PlaceHold({.verdict = "maybe"}, "case", ann).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Find().empty());
  EXPECT_TRUE(keeper_->Holds()->empty());
}

}  // namespace
}  // namespace portcullis::audit
