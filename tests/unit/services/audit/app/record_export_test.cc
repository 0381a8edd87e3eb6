#include "services/audit/app/record_export.h"

#include <gmock/gmock.h>

#include <deque>
#include <fstream>

#include "libs/base/strings.h"
#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/client/record_codec.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What all sinks of a test have taken, and how the next answers.
struct Broker {
  std::vector<std::string> taken;  // "<position>:<key>"
  std::vector<std::string> values;
  std::vector<uint64_t> unacknowledged;
  size_t room = 1000;
  bool acknowledges = true;
  absl::Status failure;  // of the next look
  absl::Status open;
  int opened = 0;
};

class FakeSink final : public RecordSink {
 public:
  explicit FakeSink(Broker& broker) : broker_(broker) {}

  absl::StatusOr<bool> Send(const SinkRecord& record) override {
    if (broker_.unacknowledged.size() >= broker_.room) return false;
    broker_.taken.push_back(base::StrCat(record.position, ":", record.key));
    broker_.values.emplace_back(record.value);
    broker_.unacknowledged.push_back(record.position);
    return true;
  }
  SinkNews Wait(base::Duration) override {
    SinkNews news;
    news.failure = std::exchange(broker_.failure, absl::OkStatus());
    std::vector<uint64_t> waiting;
    if (broker_.acknowledges || !news.failure.ok()) waiting = std::exchange(broker_.unacknowledged, {});
    if (news.failure.ok()) news.acknowledged = std::move(waiting);
    return news;
  }

 private:
  Broker& broker_;
};

class RecordExportTest : public ::testing::Test {
 protected:
  RecordExportTest()
      : store_(*sqlite::SqliteStore::Open({(folder_.path() / "audit.db").native()})),
        handler_(*store_, clock_, metrics_, logger_) {
    Restart();
  }

  // As after a crash: nothing but files is left.
  void Restart() {
    export_ = std::make_unique<RecordExport>(
        [this]() -> absl::StatusOr<std::unique_ptr<RecordSink>> {
          ++broker_.opened;
          if (!broker_.open.ok()) return broker_.open;
          return std::make_unique<FakeSink>(broker_);
        },
        ExportCursor(cursor_, "log", "topic t"), ExportParts{*store_, clock_, waiter_, metrics_, logger_});
  }

  void Append(LeafKind kind, uint64_t sequence, uint64_t intent = 0) {
    Record record;
    record.kind = kind;
    record.request_id = "r";
    record.time_us = 1'000'000;
    if (intent != 0) record.intent = LeafId{kSpool, intent};
    Leaf leaf{{kSpool, sequence}, ""};
    Encode(record, &leaf.bytes);
    handler_.Append({leaf}, [](const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; });
  }
  void Rounds(int count = 3) {
    for (int i = 0; i < count; ++i) {
      clock_.Advance(std::chrono::seconds(2));
      (void)export_->Round();
    }
  }
  double Value(const std::string& name) { return metrics_.Value(name); }

  static constexpr char kSpool[] = "00112233aabbccdd";
  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  ConditionWaiter waiter_;
  const std::filesystem::path cursor_ = folder_.path() / "cursor";
  std::unique_ptr<sqlite::SqliteStore> store_;
  AuditHandler handler_;
  Broker broker_;
  std::unique_ptr<RecordExport> export_;
};

TEST_F(RecordExportTest, SendsRecordsWhoseRequestEndedAndThoseThatChange) {
  Append(LeafKind::kIntent, 1);
  Append(LeafKind::kOutcome, 2);
  Rounds();
  EXPECT_THAT(broker_.taken, ElementsAre(HasSubstr(":00112233aabbccdd-2")));
  EXPECT_THAT(broker_.values[0], HasSubstr(R"("kind":"outcome")"));
  Append(LeafKind::kOutcome, 3, 1);
  Rounds();
  ASSERT_EQ(broker_.taken.size(), 2u);
  EXPECT_THAT(broker_.taken[1], HasSubstr(":00112233aabbccdd-1"));
  Append(LeafKind::kAmendment, 4, 1);
  Rounds();
  ASSERT_EQ(broker_.taken.size(), 3u);
  EXPECT_THAT(broker_.values[2], HasSubstr(R"("kind":"amendment")"));
  EXPECT_EQ(Value("portcullis_audit_kafka_sent_total"), 3);
  EXPECT_EQ(Value("portcullis_audit_kafka_lag_seconds"), 0);
}

TEST_F(RecordExportTest, GoesOnWhereItWasAfterACrash) {
  for (uint64_t i = 1; i <= 3; ++i) Append(LeafKind::kOutcome, i);
  Rounds();
  Restart();
  Append(LeafKind::kOutcome, 4);
  Rounds();
  EXPECT_EQ(broker_.taken.size(), 4u);
}

TEST_F(RecordExportTest, WhatIsNotAcknowledgedIsSentAgainWithTheSamePosition) {
  broker_.acknowledges = false;
  for (uint64_t i = 1; i <= 2; ++i) Append(LeafKind::kOutcome, i);
  Rounds();
  EXPECT_GT(Value("portcullis_audit_kafka_lag_seconds"), 0);
  const std::vector<std::string> first = broker_.taken;
  ASSERT_EQ(first.size(), 2u);
  broker_.failure = absl::UnavailableError("timed out");
  broker_.acknowledges = true;
  Rounds();
  EXPECT_THAT(broker_.taken, ElementsAre(first[0], first[1], first[0], first[1]));
  EXPECT_EQ(Value("portcullis_audit_kafka_errors_total,broker"), 1);
  EXPECT_EQ(broker_.opened, 2);
}

TEST_F(RecordExportTest, WaitsForRoomAndLeavesNothingOut) {
  broker_.room = 2;
  for (uint64_t i = 1; i <= 7; ++i) Append(LeafKind::kOutcome, i);
  Rounds(6);
  EXPECT_EQ(broker_.taken.size(), 7u);
}

TEST_F(RecordExportTest, TriesToOpenTheSinkAgain) {
  broker_.open = absl::NotFoundError("librdkafka.so.1");
  Append(LeafKind::kOutcome, 1);
  Rounds(2);
  EXPECT_EQ(Value("portcullis_audit_kafka_errors_total,broker"), 2);
  broker_.open = absl::OkStatus();
  Rounds(2);
  EXPECT_EQ(broker_.taken.size(), 1u);
}

TEST_F(RecordExportTest, ARestoredLogIsSentAgain) {
  Append(LeafKind::kOutcome, 1);
  ASSERT_TRUE(ExportCursor(cursor_, "log", "topic t").Write(1000).ok());
  Rounds();
  EXPECT_EQ(broker_.taken.size(), 1u);
}

TEST_F(RecordExportTest, ACursorOfAnotherLogOrTopicDoesNotCount) {
  ASSERT_TRUE(ExportCursor(cursor_, "log", "topic t").Write(7).ok());
  EXPECT_EQ(*ExportCursor(cursor_, "log", "topic t").Read(), 7u);
  EXPECT_EQ(*ExportCursor(cursor_, "other", "topic t").Read(), 0u);
  EXPECT_EQ(*ExportCursor(cursor_, "log", "topic u").Read(), 0u);
}

TEST_F(RecordExportTest, ADamagedCursorStopsItWithAReason) {
  std::ofstream(cursor_) << "portcullis-audit-cursor-v1\nlog\ntopic t\n12";
  EXPECT_TRUE(absl::IsFailedPrecondition(ExportCursor(cursor_, "log", "topic t").Read().status()));
  Append(LeafKind::kOutcome, 1);
  Rounds(1);
  EXPECT_THAT(broker_.taken, IsEmpty());
  EXPECT_EQ(Value("portcullis_audit_kafka_errors_total,cursor"), 1);
}

TEST_F(RecordExportTest, TheThreadSendsAndEnds) {
  Append(LeafKind::kOutcome, 1);
  export_->Start();
  export_.reset();
  Restart();
  Rounds();
  EXPECT_EQ(broker_.taken.size(), 1u);
}

}  // namespace
}  // namespace portcullis::audit
