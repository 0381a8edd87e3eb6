#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "libs/spool/files.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

constexpr base::Duration kSoon = std::chrono::seconds(30);

class ShipperTest : public ::testing::Test {
 protected:
  std::unique_ptr<RecordPipeline> NewPipeline(uint64_t max_bytes = uint64_t{1} << 30,
                                              spool::Durability durability = spool::Durability::kProcess,
                                              base::Duration max_age = {}) {
    PipelineOptions options;
    options.state_dir = folder_.path();
    options.max_spool_bytes = max_bytes;
    options.durability = durability;
    options.segment_bytes = 64 * 1024;
    options.max_spool_age = max_age;
    auto pipeline = RecordPipeline::Create(options, audit_, clock_, metrics_, logger_);
    EXPECT_TRUE(pipeline.ok()) << pipeline.status();
    return *std::move(pipeline);
  }
  static std::unique_ptr<RecordSpool> NewSpool(RecordPipeline& pipeline) {
    auto spool = pipeline.NewSpool();
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }
  size_t SpoolsOnDisk() { return spool::ListSpools(SpoolRoot(folder_.path())).size(); }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
  FakeAudit audit_;
};

TEST_F(ShipperTest, WhatIsAppendedArrives) {
  const auto pipeline = NewPipeline();
  auto spool = NewSpool(*pipeline);
  const auto id = spool->Append(FullRecord());
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->sequence, 1u);
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  const auto leaves = audit_.leaves();
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves.at({id->spool, 1}), spool->last_bytes());
  EXPECT_EQ(Decode(spool->last_bytes())->request_id, "req_1");
  EXPECT_EQ(metrics_.Value("portcullis_audit_records_total,outcome"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_audit_append_seconds"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_audit_shipped_total"), 1);
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_spool_records") == 0; }));
  spool.reset();
  EXPECT_TRUE(Eventually([&] { return SpoolsOnDisk() == 0; }));
}

TEST_F(ShipperTest, NothingIsLostWhileAuditFails) {
  audit_.Behave([](int call) { return call % 3 == 0 ? absl::OkStatus() : absl::UnavailableError("away"); });
  const auto pipeline = NewPipeline();
  const auto spool = NewSpool(*pipeline);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(spool->Append(SmallRecord("r" + std::to_string(i))).ok());
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_EQ(audit_.leaves().size(), 100u);
  EXPECT_EQ(audit_.repeated(), 0);
  EXPECT_GE(metrics_.Value("portcullis_audit_ship_errors_total"), 2);
}

TEST_F(ShipperTest, FlushSaysWhenAuditStaysAway) {
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  const auto pipeline = NewPipeline();
  const auto spool = NewSpool(*pipeline);
  ASSERT_TRUE(spool->Append(FullRecord()).ok());
  EXPECT_EQ(pipeline->Flush(std::chrono::milliseconds(50)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_spool_records") == 1; }));
  audit_.Behave(nullptr);
  EXPECT_TRUE(pipeline->Flush(kSoon).ok());
}

TEST_F(ShipperTest, TheBacklogIsShownWhileABatchHangs) {
  audit_.Hang();
  const auto pipeline = NewPipeline();
  const auto spool = NewSpool(*pipeline);
  ASSERT_TRUE(spool->Append(FullRecord()).ok());
  ASSERT_TRUE(Eventually([&] { return audit_.calls() == 1; }));
  ASSERT_TRUE(spool->Append(FullRecord()).ok());
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_spool_records") == 2; }));
  EXPECT_EQ(audit_.calls(), 1);
}

TEST_F(ShipperTest, AFullSpoolRefusesAndRecovers) {
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  const auto pipeline = NewPipeline(10'000);
  const auto spool = NewSpool(*pipeline);
  absl::StatusOr<LeafId> last = LeafId{};
  int appended = -1;
  for (; last.ok(); ++appended) last = spool->Append(FullRecord());
  EXPECT_EQ(last.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(appended, 5);
  EXPECT_EQ(metrics_.Value("portcullis_audit_append_failures_total"), 1);
  audit_.Behave(nullptr);
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_TRUE(spool->Append(FullRecord()).ok());
}

TEST_F(ShipperTest, WhatAPipelineLeavesTheNextOneShips) {
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  {
    const auto pipeline = NewPipeline();
    const auto spool = NewSpool(*pipeline);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(spool->Append(SmallRecord("r")).ok());
  }
  EXPECT_EQ(SpoolsOnDisk(), 1u);
  audit_.Behave(nullptr);
  const auto pipeline = NewPipeline();
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_EQ(audit_.leaves().size(), 10u);
  EXPECT_TRUE(Eventually([&] { return SpoolsOnDisk() == 0; }));
}

TEST_F(ShipperTest, WhatAKilledProcessWroteIsShipped) {
  int reports[2];
  ASSERT_EQ(::pipe(reports), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    audit_.Behave([](int) { return absl::UnavailableError("away"); });
    const auto pipeline = NewPipeline();
    const auto spool = NewSpool(*pipeline);
    for (;;) {
      const uint64_t sequence = spool->Append(FullRecord())->sequence;
      if (::write(reports[1], &sequence, sizeof(sequence)) != sizeof(sequence)) ::_exit(1);
    }
  }
  ::close(reports[1]);
  uint64_t reported = 0;
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(::read(reports[0], &reported, sizeof(reported)), 8);
  ::kill(pid, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  uint64_t more = 0;
  while (::read(reports[0], &more, sizeof(more)) == sizeof(more)) reported = more;
  ::close(reports[0]);

  const auto pipeline = NewPipeline();
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_GE(audit_.leaves().size(), reported);
  EXPECT_LE(audit_.leaves().size(), reported + 1);
}

// Intents that a process left, with the outcome of some of them; returns the intents' ids.
std::vector<LeafId> WriteIntents(RecordSpool& spool, int count, int closed) {
  std::vector<LeafId> ids;
  for (int i = 0; i < count; ++i) {
    Record intent = SmallRecord("r" + std::to_string(i), LeafKind::kIntent);
    ids.push_back(*spool.Append(intent));
    if (i >= closed) continue;
    Record outcome = SmallRecord(intent.request_id);
    outcome.intent = ids.back();
    EXPECT_TRUE(spool.Append(outcome).ok());
  }
  return ids;
}

// The interrupted outcomes among the leaves, by the sequence of their intent.
std::map<uint64_t, Record> Interrupted(FakeAudit& audit) {
  std::map<uint64_t, Record> found;
  for (const auto& [id, bytes] : audit.leaves()) {
    Record record = *Decode(bytes);
    if (record.outcome != kInterrupted) continue;
    EXPECT_EQ(record.intent->spool, id.first);
    EXPECT_TRUE(found.emplace(record.intent->sequence, std::move(record)).second) << "closed twice";
  }
  return found;
}

TEST_F(ShipperTest, IntentsThatAProcessLeftAreClosedAsInterruptedOnce) {
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  std::vector<LeafId> ids;
  {
    const auto pipeline = NewPipeline();
    ids = WriteIntents(*NewSpool(*pipeline), 5, 3);
  }
  for (int start = 0; start < 2; ++start) {  // dies once more before anything is shipped
    const auto pipeline = NewPipeline();
    EXPECT_FALSE(pipeline->Flush(std::chrono::milliseconds(100)).ok());
  }
  audit_.Behave(nullptr);
  for (int start = 0; start < 2; ++start) {
    const auto pipeline = NewPipeline();
    EXPECT_TRUE(Eventually([&] { return SpoolsOnDisk() == 0; }));
  }
  const auto interrupted = Interrupted(audit_);
  ASSERT_EQ(interrupted.size(), 2u);
  const Record& record = interrupted.at(ids[3].sequence);
  EXPECT_EQ(record.request_id, "r3");
  EXPECT_EQ(record.kind, LeafKind::kOutcome);
  EXPECT_EQ(record.reason_code, "process_ended");
  EXPECT_EQ(record.verdict, "");
  EXPECT_EQ(record.started_us, 1'000'000);
  EXPECT_EQ(record.time_us, clock_.Now().time_since_epoch().count());
  EXPECT_EQ(interrupted.at(ids[4].sequence).request_id, "r4");
  EXPECT_EQ(metrics_.Value("portcullis_audit_interrupted_total"), 2);
  EXPECT_EQ(audit_.leaves().size(), 10u);
  EXPECT_EQ(metrics_.Value("portcullis_audit_records_total,outcome"), 3);
}

TEST_F(ShipperTest, IntentsThatWereShippedBeforeTheEndAreClosedToo) {
  LeafId open;
  {
    const auto pipeline = NewPipeline();
    const auto spool = NewSpool(*pipeline);
    open = WriteIntents(*spool, 1, 0).at(0);
    // So many that its segment is gone long before the end: what is left of it is the note.
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(spool->Append(FullRecord()).ok());
    ASSERT_TRUE(pipeline->Flush(kSoon).ok());
    EXPECT_TRUE(Eventually([&] {
      return !std::filesystem::exists(spool::SegmentPath(SpoolRoot(folder_.path()) / open.spool, 1));
    }));
  }
  EXPECT_EQ(SpoolsOnDisk(), 1u);
  EXPECT_EQ(Interrupted(audit_).size(), 0u);
  const auto pipeline = NewPipeline();
  EXPECT_TRUE(Eventually([&] { return SpoolsOnDisk() == 0; }));
  const auto interrupted = Interrupted(audit_);
  ASSERT_EQ(interrupted.size(), 1u);
  EXPECT_EQ(interrupted.begin()->second.intent, open);
}

TEST_F(ShipperTest, AWorkerThatEndsLeavesNoIntentOpen) {
  const auto pipeline = NewPipeline();
  auto spool = NewSpool(*pipeline);
  WriteIntents(*spool, 3, 2);
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_EQ(Interrupted(audit_).size(), 0u);  // it may still end well
  spool.reset();
  EXPECT_TRUE(Eventually([&] { return SpoolsOnDisk() == 0; }));
  EXPECT_EQ(Interrupted(audit_).size(), 1u);
}

TEST_F(ShipperTest, ASpoolThatWaitsTooLongCountsAsFull) {
  clock_.SetNow(1'700'000'000'000'000);
  audit_.Behave([](int) { return absl::UnavailableError("away"); });
  const auto pipeline = NewPipeline(uint64_t{1} << 30, spool::Durability::kProcess, std::chrono::minutes(5));
  const auto spool = NewSpool(*pipeline);
  Record record = FullRecord();
  record.time_us = clock_.Now().time_since_epoch().count();
  ASSERT_TRUE(spool->Append(record).ok());
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_ship_errors_total") >= 1; }));
  ASSERT_TRUE(spool->Append(record).ok());
  clock_.Advance(std::chrono::minutes(6));
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_spool_oldest_seconds") >= 360; }));
  EXPECT_TRUE(Eventually([&] { return !spool->Append(record).ok(); }));
  EXPECT_THAT(std::string(spool->Append(record).status().message()),
              ::testing::HasSubstr("spool_max_age_seconds"));
  audit_.Behave(nullptr);
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  EXPECT_TRUE(Eventually([&] { return spool->Append(record).ok(); }));
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_spool_oldest_seconds") == 0; }));
  EXPECT_GT(metrics_.Value("portcullis_audit_spool_disk_free_bytes"), 0);
}

TEST_F(ShipperTest, FourWorkersUnderLoadLoseNothing) {
  constexpr int kRecords = 3000;
  audit_.Behave([](int call) { return call % 5 == 4 ? absl::UnavailableError("away") : absl::OkStatus(); });
  const auto pipeline = NewPipeline();
  std::vector<std::unique_ptr<RecordSpool>> spools;
  for (int i = 0; i < 4; ++i) spools.push_back(NewSpool(*pipeline));
  std::vector<std::jthread> workers;
  for (auto& spool : spools) {
    workers.emplace_back([&spool] {
      for (int i = 0; i < kRecords; ++i) ASSERT_TRUE(spool->Append(FullRecord()).ok());
    });
  }
  workers.clear();
  ASSERT_TRUE(pipeline->Flush(kSoon).ok());
  const auto leaves = audit_.leaves();
  EXPECT_EQ(leaves.size(), 4u * kRecords);
  EXPECT_EQ(metrics_.Value("portcullis_audit_shipped_total"), 4 * kRecords);
}

TEST_F(ShipperTest, DiskDurabilityCallsBackLater) {
  const auto pipeline = NewPipeline(uint64_t{1} << 30, spool::Durability::kDisk);
  const auto spool = NewSpool(*pipeline);
  std::atomic<int> synced{0};
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(spool->Append(FullRecord()).ok());
    spool->Sync([&](absl::Status status) { synced += status.ok(); });
  }
  EXPECT_TRUE(Eventually([&] { return synced == 20; }));
}

TEST_F(ShipperTest, AStateFolderThatCannotBeMadeIsNamed) {
  PipelineOptions options;
  options.state_dir = folder_.path() / "file" / "state";
  std::ofstream(folder_.path() / "file") << "x";
  const auto pipeline = RecordPipeline::Create(options, audit_, clock_, metrics_, logger_);
  EXPECT_FALSE(pipeline.ok());
  EXPECT_THAT(std::string(pipeline.status().message()), ::testing::HasSubstr("file/state"));
}

}  // namespace
}  // namespace portcullis::audit
