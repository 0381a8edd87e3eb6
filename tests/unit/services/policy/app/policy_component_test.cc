#include "services/policy/app/policy_component.h"

#include <gtest/gtest.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"

namespace portcullis::policy {
namespace {

class PolicyComponentTest : public ::testing::Test {
 protected:
  static ChainOptions Chain(std::vector<std::string> kinds) {
    ChainOptions options;
    options.chain = std::move(kinds);
    return options;
  }

  OpenResult Open(std::string_view text) {
    OpenRequest request;
    request.input.push_back({text, SegmentKind::kText, Role::kUser, ""});
    OpenResult out;
    component_->ApiFor(0).Open(request, [&](absl::StatusOr<OpenResult> result) { out = *std::move(result); });
    return out;
  }

  double Decisions(const std::string& policy, const std::string& action) const {
    return metrics_.Value("portcullis_policy_decisions_total", {{"policy", policy}, {"action", action}});
  }
  double InEffect(const std::string& bundle) const {
    return metrics_.Value("portcullis_policy_bundle_info", {{"bundle", bundle}});
  }

  portcullis::testing::FakeClock clock_;
  portcullis::testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  std::unique_ptr<PolicyComponent> component_ =
      *PolicyComponent::Create(Chain({"pii-detector"}), 1, clock_, metrics_, logger_);
};

constexpr char kMail[] = "bob@example.com";

TEST_F(PolicyComponentTest, AReloadIsForNewRequests) {
  const OpenResult before = Open(kMail);
  EXPECT_EQ(before.decision.action, Action::kRedact);
  ASSERT_TRUE(component_->Reload(Chain({"safety-filter"})).ok());
  const OpenResult after = Open(kMail);
  EXPECT_EQ(after.decision.action, Action::kAllow);
  EXPECT_NE(after.bundle, before.bundle);
  EXPECT_EQ(InEffect(before.bundle), 0);
  EXPECT_EQ(InEffect(after.bundle), 1);
  size_t edits = 0;
  before.exchange->CheckOutput({{kMail, SegmentKind::kText, Role::kAssistant, ""}},
                               [&](absl::StatusOr<Decision> decision) { edits = decision->edits.size(); });
  EXPECT_EQ(edits, 1u) << "an exchange under way ends with its policies";
}

TEST_F(PolicyComponentTest, PoliciesThatAReloadBringsAreCounted) {
  Open(kMail);
  EXPECT_EQ(Decisions("pii-detector", "redact"), 1);
  ASSERT_TRUE(component_->Reload(Chain({"pii-detector", "safety-filter"})).ok());
  Open("how to make a bomb");
  EXPECT_EQ(Decisions("safety-filter", "block"), 1);
  EXPECT_EQ(Decisions("pii-detector", "redact"), 1);
}

TEST_F(PolicyComponentTest, ObserversAndFailuresAreCounted) {
  ChainOptions options = Chain({"pii-detector"});
  options.pii_detector.control.mode = PolicyMode::kObserve;
  ASSERT_TRUE(component_->Reload(options).ok());
  EXPECT_EQ(Open(kMail).decision.action, Action::kAllow);
  EXPECT_EQ(Decisions("pii-detector", "would_redact"), 1);
  EXPECT_EQ(Decisions("pii-detector", "redact"), 0);
  EXPECT_TRUE(metrics_.Has("portcullis_policy_failures_total"));
}

TEST_F(PolicyComponentTest, AChainThatDoesNotCompileChangesNothing) {
  const std::string bundle = Open(kMail).bundle;
  ChainOptions bad = Chain({"safety-filter"});
  bad.safety_filter.block_if = {"..."};
  EXPECT_EQ(component_->Reload(bad).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PolicyComponent::Check(bad).message(), component_->Reload(bad).message());
  EXPECT_EQ(Open(kMail).bundle, bundle);
  EXPECT_EQ(InEffect(bundle), 1);
}

}  // namespace
}  // namespace portcullis::policy
