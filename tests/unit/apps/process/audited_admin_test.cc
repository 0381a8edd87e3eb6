#include "apps/process/audited_admin.h"

#include <gtest/gtest.h>

#include <mutex>

#include "libs/telemetry/api/logger.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/status_matchers.h"
#include "libs/testing/temp_dir.h"
#include "services/audit/client/record_codec.h"
#include "services/audit/client/record_pipeline.h"

namespace portcullis::app {
namespace {

using router::TargetAction;

// Knows the target "main".
class FakeTargets final : public router::RouterAdmin {
 public:
  std::vector<router::TargetStatus> TargetsNow() const override { return {{}}; }
  absl::Status Control(std::string_view target, TargetAction action, const router::OperatorCall&) override {
    if (target != "main") return absl::NotFoundError("there is no such target");
    actions.push_back(action);
    return absl::OkStatus();
  }
  absl::Status SetWeights(const router::TargetWeights& set, const router::OperatorCall&) override {
    weights = set;
    return absl::OkStatus();
  }
  std::vector<TargetAction> actions;
  router::TargetWeights weights;
};

class FakeAudit final : public audit::AuditApi {
 public:
  void Append(std::vector<audit::Leaf> leaves, AppendCallback done) override {
    {
      const std::lock_guard lock(mutex_);
      for (audit::Leaf& leaf : leaves) leaves_.push_back(std::move(leaf));
    }
    std::move(done)(absl::OkStatus());
  }
  void Find(const audit::Query&, QueryCallback) override {}
  void Aggregate(const audit::StatsQuery&, StatsCallback) override {}
  void ReadContent(const audit::Query&, ContentCallback) override {}

  std::vector<audit::Record> Records() {
    const std::lock_guard lock(mutex_);
    std::vector<audit::Record> records;
    for (const audit::Leaf& leaf : leaves_) records.push_back(*audit::Decode(leaf.bytes));
    return records;
  }

  audit::LeafId FirstId() {
    const std::lock_guard lock(mutex_);
    return leaves_.at(0).id;
  }

 private:
  std::mutex mutex_;
  std::vector<audit::Leaf> leaves_;
};

class AuditedAdminTest : public ::testing::Test {
 protected:
  void Make(bool act_without_audit = false, uint64_t max_spool_bytes = 1 << 20) {
    audit::PipelineOptions options;
    options.state_dir = directory_.path();
    options.max_spool_bytes = max_spool_bytes;
    ASSERT_OK_AND_ASSIGN(records_, audit::RecordPipeline::Create(options, audit_, clock_, metrics_, logger_));
    ASSERT_OK_AND_ASSIGN(auto spool, records_->NewSpool());
    actions_ = std::make_unique<OperatorActions>(
        std::move(spool), OperatorOptions{act_without_audit, "version-1"}, clock_, metrics_);
    admin_ = std::make_unique<AuditedAdmin>(targets_, *actions_);
  }

  absl::Status Control(std::string_view target, TargetAction action) {
    return admin_->Control(target, action, {"jane", "10.1.2.3", "/targets", "POST"});
  }

  testing::TempDir directory_;
  base::SystemClock clock_;
  testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  FakeAudit audit_;
  FakeTargets targets_;
  std::unique_ptr<audit::RecordPipeline> records_;
  std::unique_ptr<OperatorActions> actions_;
  std::unique_ptr<AuditedAdmin> admin_;
};

TEST_F(AuditedAdminTest, AnActionLeavesWhoWhenAndWhat) {
  Make();
  ASSERT_TRUE(Control("main", TargetAction::kDrain).ok());
  EXPECT_EQ(targets_.actions, std::vector<TargetAction>{TargetAction::kDrain});
  ASSERT_TRUE(records_->Flush(std::chrono::seconds(30)).ok());
  const std::vector<audit::Record> records = audit_.Records();
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].kind, audit::LeafKind::kIntent);
  EXPECT_EQ(records[0].verdict, "");
  EXPECT_EQ(records[1].kind, audit::LeafKind::kOutcome);
  EXPECT_EQ(records[1].intent, audit_.FirstId());
  EXPECT_EQ(records[1].request_id, records[0].request_id);
  for (const audit::Record& record : records) {
    EXPECT_EQ(record.user, "jane");
    EXPECT_EQ(record.client_address, "10.1.2.3");
    EXPECT_EQ(record.endpoint, "/targets");
    EXPECT_EQ(record.method, "POST");
    EXPECT_EQ(record.target, "main");
    EXPECT_EQ(record.reason_code, "operator.drain");
    EXPECT_EQ(record.config_version, "version-1");
    EXPECT_GT(record.time_us, 0);
  }
  EXPECT_EQ(records[1].outcome, "ok");
  EXPECT_EQ(records[1].verdict, "allow");
  EXPECT_EQ(metrics_.Value("portcullis_operator_actions_total", {{"action", "drain"}, {"result", "ok"}}), 1);
}

TEST_F(AuditedAdminTest, WeightsStandInTheRecord) {
  Make();
  ASSERT_TRUE(admin_->SetWeights({{"a", 70}, {"b", 0.5}}, {"jane", "10.1.2.3", "/weights", "PUT"}).ok());
  EXPECT_EQ(targets_.weights.size(), 2u);
  ASSERT_TRUE(records_->Flush(std::chrono::seconds(30)).ok());
  EXPECT_EQ(audit_.Records().back().reason_code, "operator.set_weights");
  EXPECT_EQ(audit_.Records().back().target, "weights/a=70,b=0.5");
  EXPECT_EQ(audit_.Records().back().user, "jane");
}

TEST_F(AuditedAdminTest, AnUnknownTargetIsOnRecordToo) {
  Make();
  EXPECT_EQ(Control("other", TargetAction::kForceOpen).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(records_->Flush(std::chrono::seconds(30)).ok());
  EXPECT_EQ(audit_.Records().back().outcome, "rejected");
  EXPECT_EQ(audit_.Records().back().reason_code, "operator.force_open");
  EXPECT_EQ(audit_.Records().back().verdict, "error");
}

TEST_F(AuditedAdminTest, WithoutARecordNothingIsDone) {
  Make(false, /*max_spool_bytes=*/1);
  const absl::Status status = Control("main", TargetAction::kDrain);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(targets_.actions.empty());
}

TEST_F(AuditedAdminTest, FailModeAllowActsAllTheSame) {
  Make(true, /*max_spool_bytes=*/1);
  ASSERT_TRUE(Control("main", TargetAction::kDrain).ok());
  EXPECT_EQ(targets_.actions.size(), 1u);
}

TEST_F(AuditedAdminTest, ListsAsTheOneBehind) {
  Make();
  EXPECT_EQ(admin_->TargetsNow().size(), 1u);
}

}  // namespace
}  // namespace portcullis::app
