#include <gmock/gmock.h>

#include <fstream>

#include "services/audit/adapters/store/sqlite/sqlite_store.h"
#include "services/audit/app/audit_component.h"
#include "services/audit/app/audit_handler.h"
#include "services/audit/app/retention.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"
#include "tests/unit/services/audit/audit_testing.h"

namespace portcullis::audit {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDayUs = int64_t{24} * 3600 * 1'000'000;

class AppTest : public ::testing::Test {
 protected:
  std::unique_ptr<AuditComponent> NewComponent(uint32_t retention_days = 0) {
    AuditOptions options;
    options.state_dir = folder_.path() / "state";
    options.retention.days = retention_days;
    auto component = AuditComponent::Create(options, clock_, metrics_, logger_);
    EXPECT_TRUE(component.ok()) << component.status();
    return *std::move(component);
  }
  static absl::Status Append(AuditApi& audit, uint64_t sequence, const Record& record) {
    Leaf leaf{{"00112233aabbccdd", sequence}, ""};
    Encode(record, &leaf.bytes);
    return Append(audit, {leaf});
  }
  static absl::Status Append(AuditApi& audit, std::vector<Leaf> leaves) {
    absl::Status result = absl::UnknownError("no answer");
    audit.Append(std::move(leaves), [&](absl::Status status) { result = std::move(status); });
    return result;
  }
  static std::vector<StoredRecord> Find(AuditApi& audit, const Query& query = {}) {
    absl::StatusOr<std::vector<StoredRecord>> result = absl::UnknownError("no answer");
    audit.Find(query, [&](auto records) { result = std::move(records); });
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : std::vector<StoredRecord>{};
  }

  TestFolder folder_;
  TestClock clock_;
  TestMetrics metrics_;
  telemetry::NullLogger logger_;
};

TEST_F(AppTest, AnIntentAndItsOutcomeAreOneRecord) {
  const auto component = NewComponent();
  AuditApi& audit = component->api();
  Record intent = SmallRecord("a", LeafKind::kIntent);
  intent.tenant = "acme";
  ASSERT_TRUE(Append(audit, 1, intent).ok());
  EXPECT_EQ(Find(audit).at(0).record.kind, LeafKind::kIntent);
  Record outcome = SmallRecord("a", LeafKind::kOutcome, "block");
  outcome.intent = LeafId{"00112233aabbccdd", 1};
  ASSERT_TRUE(Append(audit, 2, outcome).ok());
  const auto found = Find(audit);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].record.kind, LeafKind::kOutcome);
  EXPECT_EQ(found[0].record.verdict, "block");
  EXPECT_EQ(found[0].record.tenant, "acme");
}

TEST_F(AppTest, ARequestIdUsedTwiceHidesNoRecord) {
  const auto component = NewComponent();
  ASSERT_TRUE(Append(component->api(), 1, SmallRecord("a", LeafKind::kOutcome, "block")).ok());
  ASSERT_TRUE(Append(component->api(), 2, SmallRecord("a", LeafKind::kOutcome, "allow")).ok());
  EXPECT_EQ(Find(component->api(), {.verdict = "block"}).size(), 1u);
}

TEST_F(AppTest, LeavesThatCannotBeReadAreStoredAndCounted) {
  const auto component = NewComponent();
  ASSERT_TRUE(Append(component->api(), {{{"00112233aabbccdd", 1}, "garbage"}}).ok());
  EXPECT_TRUE(Find(component->api()).empty());
  EXPECT_EQ(metrics_.Value("portcullis_audit_unreadable_total"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_audit_stored_total"), 1);
}

TEST_F(AppTest, BadQueriesAreRefused) {
  const auto component = NewComponent();
  absl::Status status;
  component->api().Find({.limit = 0}, [&](auto records) { status = records.status(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AppTest, ADamagedDatabaseStopsTheStartAndIsNamed) {
  AuditOptions options;
  options.state_dir = folder_.path();
  std::ofstream(DatabasePath(options)) << std::string(9000, 'z');
  const auto component = AuditComponent::Create(options, clock_, metrics_, logger_);
  EXPECT_EQ(component.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(component.status().message()), HasSubstr("audit.db"));
}

TEST_F(AppTest, ExpiredRecordsGoAtTheStartAndEveryDay) {
  auto component = NewComponent();
  const int64_t now = clock_.Now().time_since_epoch().count();
  ASSERT_TRUE(
      Append(component->api(), 1, SmallRecord("old", LeafKind::kOutcome, "allow", now - 31 * kDayUs)).ok());
  ASSERT_TRUE(
      Append(component->api(), 2, SmallRecord("edge", LeafKind::kOutcome, "allow", now - 29 * kDayUs)).ok());
  ASSERT_TRUE(Append(component->api(), 3, SmallRecord("new", LeafKind::kOutcome, "allow", now)).ok());
  component.reset();
  component = NewComponent(30);
  EXPECT_TRUE(Eventually([&] { return metrics_.Value("portcullis_audit_expired_total") == 1; }));
  EXPECT_EQ(Find(component->api()).size(), 2u);
}

TEST_F(AppTest, RetentionTurnsWithTheClock) {
  auto store = *sqlite::SqliteStore::Open({(folder_.path() / "audit.db").native()});
  AuditHandler handler(*store, clock_, metrics_, logger_);
  const int64_t now = clock_.Now().time_since_epoch().count();
  for (uint64_t i = 1; i <= 1200; ++i) {
    ASSERT_TRUE(Append(handler, i, SmallRecord("r", LeafKind::kOutcome, "allow", now)).ok());
  }
  ConditionWaiter waiter;
  Retention retention({7, {}}, *store, clock_, waiter, metrics_, logger_);
  EXPECT_EQ(retention.RemoveExpired()->removed, 0u);
  retention.Start();
  clock_.Advance(std::chrono::hours(24) * 8);
  // The thread may still be before its first wait: it is woken until it has looked at the clock again.
  EXPECT_TRUE(Eventually([&] {
    waiter.Wake();
    return metrics_.Value("portcullis_audit_expired_total") == 1200;
  }));
  EXPECT_TRUE(Find(handler).empty());
}

TEST_F(AppTest, TheWholePathFromWorkerToQuery) {
  const auto component = NewComponent();
  PipelineOptions options;
  options.state_dir = folder_.path() / "state";
  const auto pipeline = *RecordPipeline::Create(options, component->api(), clock_, metrics_, logger_);
  const auto spool = *pipeline->NewSpool();
  for (int i = 0; i < 500; ++i) {
    Record intent = SmallRecord("r" + std::to_string(i), LeafKind::kIntent);
    const auto id = spool->Append(intent);
    ASSERT_TRUE(id.ok());
    Record outcome = SmallRecord(intent.request_id);
    outcome.intent = *id;
    ASSERT_TRUE(spool->Append(outcome).ok());
  }
  ASSERT_TRUE(pipeline->Flush(std::chrono::seconds(30)).ok());
  EXPECT_EQ(Find(component->api(), {.limit = 1000}).size(), 500u);
}

}  // namespace
}  // namespace portcullis::audit
