#include "services/policy/client/policy_client_translate.h"

#include <gmock/gmock.h>

namespace portcullis::policy {
namespace {

v1::Edit& AddEdit(v1::Decision& decision, uint32_t segment, uint32_t begin, uint32_t end) {
  v1::Edit& edit = *decision.add_edits();
  edit.set_segment(segment);
  edit.set_begin(begin);
  edit.set_end(end);
  return edit;
}

absl::Status Check(v1::Decision decision) {
  decision.set_action(v1::ACTION_REDACT);
  return DecisionFromProto(decision, {10, 20}).status();
}

TEST(PolicyClientTranslate, AcceptsEditsInOrder) {
  v1::Decision decision;
  AddEdit(decision, 0, 0, 10);
  AddEdit(decision, 1, 0, 5);
  AddEdit(decision, 1, 5, 20);
  EXPECT_TRUE(Check(decision).ok());
}

TEST(PolicyClientTranslate, RefusesEditsOutsideOfTheirSegment) {
  v1::Decision decision;
  AddEdit(decision, 0, 5, 11);
  EXPECT_EQ(Check(decision).code(), absl::StatusCode::kInternal);
}

TEST(PolicyClientTranslate, RefusesEditsOfSegmentsThatWereNotSent) {
  v1::Decision decision;
  AddEdit(decision, 2, 0, 0);
  EXPECT_EQ(Check(decision).code(), absl::StatusCode::kInternal);
}

TEST(PolicyClientTranslate, RefusesEditsThatOverlapOrGoBack) {
  v1::Decision overlap;
  AddEdit(overlap, 0, 0, 5);
  AddEdit(overlap, 0, 4, 8);
  EXPECT_EQ(Check(overlap).code(), absl::StatusCode::kInternal);
  v1::Decision back;
  AddEdit(back, 1, 0, 5);
  AddEdit(back, 0, 0, 5);
  EXPECT_EQ(Check(back).code(), absl::StatusCode::kInternal);
  v1::Decision reversed;
  AddEdit(reversed, 0, 5, 4);
  EXPECT_EQ(Check(reversed).code(), absl::StatusCode::kInternal);
}

TEST(PolicyClientTranslate, SendsWhatConditionsLookAt) {
  OpenRequest request;
  request.headers = {{"x-team", "legal"}};
  request.modalities = kModalityText | kModalityAudio;
  v1::ExchangeOpen open;
  OpenToProto(request, open);
  ASSERT_EQ(open.headers_size(), 1);
  EXPECT_EQ(open.headers(0).value(), "legal");
  ASSERT_EQ(open.modalities_size(), 2);
  EXPECT_EQ(open.modalities(1), v1::MODALITY_AUDIO);
}

TEST(PolicyClientTranslate, ReadsObserversAndMissedBytes) {
  v1::Decision proto;
  proto.set_action(v1::ACTION_ALLOW);
  proto.set_scanned_bytes(4);
  EXPECT_EQ(DecisionFromProto(proto, {})->required_bytes, 4u);
  proto.set_required_bytes(9);
  v1::Finding& finding = *proto.add_findings();
  finding.set_action(v1::ACTION_BLOCK);
  finding.set_observed(true);
  const auto decision = DecisionFromProto(proto, {});
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->required_bytes, 9u);
  EXPECT_TRUE(decision->findings[0].observed);
}

TEST(PolicyClientTranslate, RefusesUnknownActions) {
  v1::Decision decision;
  EXPECT_EQ(DecisionFromProto(decision, {}).status().code(), absl::StatusCode::kInternal);
  decision.set_action(static_cast<v1::Action>(77));
  EXPECT_EQ(DecisionFromProto(decision, {}).status().code(), absl::StatusCode::kInternal);
}

TEST(PolicyClientTranslate, RefusesFindingsOutsideOfTheirText) {
  v1::Decision decision;
  v1::Finding& finding = *decision.add_findings();
  finding.set_action(v1::ACTION_ALLOW);
  finding.set_end(11);
  EXPECT_EQ(Check(decision).code(), absl::StatusCode::kInternal);
}

TEST(PolicyClientTranslate, ReleasesOnlyGoForwardAndStayWithinWhatWasSent) {
  Channels channels;
  channels[3] = {.sent = 10, .released = 0};
  const auto release = [&](uint32_t channel, uint32_t end) {
    v1::GuardVerdict verdict;
    verdict.set_action(v1::ACTION_ALLOW);
    v1::Release& proto = *verdict.add_releases();
    proto.set_channel(channel);
    proto.set_end(end);
    return GuardFromProto(verdict, channels).status().code();
  };
  EXPECT_EQ(release(3, 4), absl::StatusCode::kOk);
  EXPECT_EQ(release(3, 4), absl::StatusCode::kOk);
  EXPECT_EQ(release(3, 3), absl::StatusCode::kInternal);
  EXPECT_EQ(release(3, 11), absl::StatusCode::kInternal);
  EXPECT_EQ(release(4, 0), absl::StatusCode::kInternal);
  EXPECT_EQ(release(3, 10), absl::StatusCode::kOk);
}

TEST(PolicyClientTranslate, EditsOfAReleaseLieWithinIt) {
  Channels channels;
  channels[3] = {.sent = 10, .released = 4};
  v1::GuardVerdict verdict;
  verdict.set_action(v1::ACTION_REDACT);
  v1::Release& release = *verdict.add_releases();
  release.set_channel(3);
  release.set_end(8);
  v1::Edit& edit = *release.add_edits();
  edit.set_segment(3);
  edit.set_begin(3);
  edit.set_end(6);
  EXPECT_EQ(GuardFromProto(verdict, channels).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace portcullis::policy
