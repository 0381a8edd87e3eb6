#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/recording_tracer.h"
#include "services/policy/app/policy_component.h"

namespace portcullis::policy {
namespace {

using portcullis::testing::AttributeOf;
using portcullis::testing::NumberOf;
using portcullis::testing::TextOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMail[] = "bob@example.com";

class TracedPolicyTest : public ::testing::Test {
 protected:
  static ChainOptions Chain() {
    ChainOptions options;
    options.chain = {"pii-detector"};
    return options;
  }

  std::unique_ptr<Exchange> Open(char flag = '1') {
    OpenRequest request;
    request.context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";
    request.context.traceparent += flag;
    request.input.push_back({kMail, SegmentKind::kText, Role::kUser, ""});
    std::unique_ptr<Exchange> exchange;
    component_->ApiFor(0).Open(
        request, [&](absl::StatusOr<OpenResult> result) { exchange = std::move(result->exchange); });
    return exchange;
  }

  portcullis::testing::FakeClock clock_;
  portcullis::testing::RecordingMetrics metrics_;
  telemetry::NullLogger logger_;
  portcullis::testing::RecordingTracer tracer_;
  std::unique_ptr<PolicyComponent> component_ = *PolicyComponent::Create(
      Chain(), 1, clock_, metrics_, logger_, nullptr, {&tracer_, telemetry::SpanKind::kServer});
};

TEST_F(TracedPolicyTest, EachDirectionIsASpanBelowTheRequest) {
  const std::unique_ptr<Exchange> exchange = Open();
  ASSERT_THAT(tracer_.names(), ElementsAre("policy input"));
  exchange->CheckOutput({{"nothing", SegmentKind::kText, Role::kAssistant, ""}},
                        [](absl::StatusOr<Decision>) {});
  ASSERT_THAT(tracer_.names(), ElementsAre("policy input", "policy output"));
  const telemetry::Span input = tracer_.spans()[0];
  const telemetry::Span output = tracer_.spans()[1];
  EXPECT_EQ(input.kind, telemetry::SpanKind::kServer);
  EXPECT_EQ(input.parent_id[0], 0xb7);
  EXPECT_EQ(output.parent_id, input.parent_id);
  EXPECT_NE(output.id, input.id);
  EXPECT_EQ(TextOf(input, "portcullis.policy.action"), "redact");
  EXPECT_EQ(AttributeOf(input, "portcullis.policy.acted"),
            telemetry::AttributeValue(std::vector<std::string>{"pii-detector"}));
  EXPECT_EQ(NumberOf(input, "portcullis.policy.scanned_bytes"), 15);
  EXPECT_EQ(TextOf(output, "portcullis.policy.action"), "allow");
  EXPECT_EQ(NumberOf(output, "portcullis.policy.scanned_bytes"), 7);
}

TEST_F(TracedPolicyTest, AStreamIsOneSpanFromItsFirstPieceToItsEnd) {
  std::unique_ptr<Exchange> exchange = Open();
  clock_.Advance(std::chrono::milliseconds(10));
  for (const bool last : {false, true}) {
    exchange->Guard({{0, SegmentKind::kText, "word ", last}}, [](absl::StatusOr<GuardResult>) {});
    clock_.Advance(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(tracer_.spans().size(), 1u);
  exchange->Close({});
  exchange.reset();
  ASSERT_THAT(tracer_.names(), ElementsAre("policy input", "policy output"));
  EXPECT_EQ(tracer_.spans()[1].end - tracer_.spans()[1].start, std::chrono::milliseconds(10));
}

TEST_F(TracedPolicyTest, AnAnswerThatWasAskedForAgainHasASpanOfItsOwn) {
  const std::unique_ptr<Exchange> exchange = Open();
  for (const char* const text : {kMail, "nothing"}) {
    exchange->SetCanAskAgain(true);
    exchange->CheckOutput({{text, SegmentKind::kText, Role::kAssistant, ""}},
                          [](absl::StatusOr<Decision>) {});
  }
  ASSERT_THAT(tracer_.names(), ElementsAre("policy input", "policy output", "policy output"));
  const telemetry::Span first = tracer_.spans()[1];
  const telemetry::Span second = tracer_.spans()[2];
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(first.parent_id, second.parent_id);
  EXPECT_EQ(TextOf(first, "portcullis.policy.action"), "redact");
  EXPECT_EQ(TextOf(second, "portcullis.policy.action"), "allow");
  EXPECT_EQ(NumberOf(second, "portcullis.policy.scanned_bytes"), 7);
}

TEST_F(TracedPolicyTest, AnAnswerThatNeverCameHasNoSpan) {
  Open().reset();
  EXPECT_THAT(tracer_.names(), ElementsAre("policy input"));
}

TEST_F(TracedPolicyTest, WhatIsNotSampledIsNotTraced) {
  const std::unique_ptr<Exchange> exchange = Open('0');
  exchange->CheckOutput({{"x", SegmentKind::kText, Role::kAssistant, ""}}, [](absl::StatusOr<Decision>) {});
  EXPECT_THAT(tracer_.names(), IsEmpty());
}

}  // namespace
}  // namespace portcullis::policy
