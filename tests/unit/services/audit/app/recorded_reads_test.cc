#include "services/audit/app/recorded_reads.h"

#include <gmock/gmock.h>

#include "libs/crypto/sha256.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/log_keeper.h"
#include "services/audit/app/read_marker.h"
#include "services/audit/client/record_codec.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

class RecordedReadsTest : public ::testing::Test {
 protected:
  RecordedReadsTest()
      : store_(*sqlite::SqliteStore::Open({(folder_.path() / "audit.db").native()})),
        handler_(*store_, clock_, metrics_, logger_),
        reads_(true, handler_, clock_, metrics_, logger_) {}

  static absl::StatusOr<std::vector<StoredRecord>> Find(AuditApi& log, const Query& query) {
    absl::StatusOr<std::vector<StoredRecord>> found;
    log.Find(query, [&](auto records) { found = std::move(records); });
    return found;
  }
  std::vector<StoredRecord> Reads() { return *Find(handler_, {.endpoint = "/audit"}); }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  std::unique_ptr<sqlite::SqliteStore> store_;
  AuditHandler handler_;
  RecordedReads reads_;
};

TEST_F(RecordedReadsTest, AQuestionIsRecordedBeforeItsAnswerWithoutNamesOfPeople) {
  Query query{.tenant = "acme", .user = "zoe", .text = "secret"};
  query.asker = {"operator:ann", "10.0.0.1", "edge", false};
  ASSERT_TRUE(Find(reads_, query).ok());
  const auto found = Reads();
  ASSERT_EQ(found.size(), 1u);
  const Record& record = found[0].record;
  EXPECT_EQ(record.principal, "operator:ann");
  EXPECT_EQ(record.client_address, "10.0.0.1");
  EXPECT_EQ(record.reason_code, "operator.read_records");
  EXPECT_EQ(record.verdict, "allow");
  ASSERT_EQ(record.findings.size(), 1u);
  EXPECT_EQ(record.findings[0].rule, "peer:edge");
  EXPECT_EQ(record.findings[0].reason, R"({"tenant":"acme","user":"*","text":"*"})");
  EXPECT_EQ(record.target,
            "sha256:" + crypto::Hex(crypto::Sha256Of(record.request_id + "\n" +
                                                     R"({"tenant":"acme","user":"zoe","text":"secret"})")));
  EXPECT_EQ(metrics_.Value("portcullis_audit_reads_total,recorded"), 1);
}

TEST_F(RecordedReadsTest, FiguresAreReadsToo) {
  StatsQuery query;
  query.query.asker.principal = "operator:ann";
  absl::Status status;
  reads_.Aggregate(query, [&](auto stats) { status = stats.status(); });
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(Reads().size(), 1u);
  EXPECT_EQ(Reads()[0].record.reason_code, "operator.read_stats");
}

TEST_F(RecordedReadsTest, FurtherPagesAndQuestionsThatAreNoneLeaveNoRecord) {
  Query page;
  page.asker.recorded = true;
  ASSERT_TRUE(Find(reads_, page).ok());
  EXPECT_EQ(Find(reads_, {.limit = 0}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reads().size(), 0u);
}

TEST_F(RecordedReadsTest, WhatCannotBeRecordedIsNotRead) {
  FakeAudit full;
  full.Behave([](int) { return absl::ResourceExhaustedError("disk full"); });
  RecordedReads reads(true, full, clock_, metrics_, logger_);
  const auto found = Find(reads, {});
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("disk full"));
  absl::Status status;
  reads.Aggregate({}, [&](auto stats) { status = stats.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(metrics_.Value("portcullis_audit_reads_total,refused"), 2);
}

TEST_F(RecordedReadsTest, ReadsOfContentAreAlwaysRecorded) {
  RecordedReads reads(false, handler_, clock_, metrics_, logger_);
  ASSERT_TRUE(Find(reads, {}).ok());
  EXPECT_EQ(Reads().size(), 0u);
  absl::StatusOr<std::vector<RecordContents>> found;
  const auto read = [&](AuditApi& log, const Query& query) {
    log.ReadContent(query, [&](auto contents) { found = std::move(contents); });
    return found.status();
  };
  Query query{.request_id = "r1"};
  query.asker.principal = "operator:ann";
  ASSERT_TRUE(read(reads, query).ok()) << found.status();
  ASSERT_EQ(Reads().size(), 1u);
  EXPECT_EQ(Reads()[0].record.reason_code, "operator.read_content");
  EXPECT_EQ(Reads()[0].record.findings[0].reason, R"({"request_id":"r1"})");
  EXPECT_EQ(read(reads, {}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reads().size(), 1u);
  FakeAudit full;
  full.Behave([](int) { return absl::ResourceExhaustedError("disk full"); });
  RecordedReads away(false, full, clock_, metrics_, logger_);
  EXPECT_EQ(read(away, query).code(), absl::StatusCode::kUnavailable);
}

TEST_F(RecordedReadsTest, ReadersDoNotRemoveTheirTraces) {
  Query query;
  query.asker.principal = "operator:ann";
  ASSERT_TRUE(Find(reads_, query).ok());
  LogKeeper keeper(false, *store_, handler_, clock_, metrics_, logger_);
  ASSERT_TRUE(keeper.Remove({.principal = "operator:ann"}, "ticket 7", {"ann", ""}).ok());
  ASSERT_TRUE(Eventually([&] { return !keeper.LastRemoval()->running; }));
  EXPECT_EQ(keeper.LastRemoval()->removed, 0u);
  EXPECT_EQ(Find(handler_, {.reason = "operator.read_records"})->size(), 1u);
}

TEST_F(RecordedReadsTest, TheStateFolderSaysWhetherReadsAreRecorded) {
  EXPECT_FALSE(ReadsAreRecorded(folder_.path()));
  ASSERT_TRUE(MarkReads(folder_.path(), true).ok());
  EXPECT_TRUE(ReadsAreRecorded(folder_.path()));
  ASSERT_TRUE(MarkReads(folder_.path(), false).ok());
  EXPECT_FALSE(ReadsAreRecorded(folder_.path()));
  ASSERT_TRUE(MarkReads(folder_.path(), false).ok());
}

}  // namespace
}  // namespace portcullis::audit
