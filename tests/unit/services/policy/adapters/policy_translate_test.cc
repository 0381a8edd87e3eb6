#include "services/policy/adapters/grpc/policy_translate.h"

#include <gmock/gmock.h>

namespace portcullis::policy {
namespace {

TEST(PolicyTranslate, UnknownEnumsAreNamed) {
  v1::ExchangeOpen open;
  open.add_input();
  open.add_input()->set_kind(static_cast<v1::SegmentKind>(9));
  const auto result = OpenFromProto(open, {});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("segments[1].kind"));
  open.mutable_input(1)->set_kind(v1::SEGMENT_KIND_JSON);
  open.mutable_input(1)->set_role(static_cast<v1::Role>(9));
  EXPECT_THAT(std::string(OpenFromProto(open, {}).status().message()),
              testing::HasSubstr("segments[1].role"));
}

TEST(PolicyTranslate, TextsAreViewsIntoTheProto) {
  v1::ExchangeOpen open;
  open.add_input()->set_text("some text");
  const auto result = OpenFromProto(open, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->input[0].text.data(), open.input(0).text().data());
}

TEST(PolicyTranslate, OverlongNamesAreRefused) {
  v1::ExchangeOpen open;
  open.set_model(std::string(2000, 'm'));
  EXPECT_EQ(OpenFromProto(open, {}).status().code(), absl::StatusCode::kInvalidArgument);
  open.clear_model();
  open.add_input()->set_path(std::string(5000, 'p'));
  EXPECT_EQ(OpenFromProto(open, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PolicyTranslate, WhatConditionsLookAtArrives) {
  v1::ExchangeOpen open;
  v1::Header& header = *open.add_headers();
  header.set_name("x-team");
  header.set_value("legal");
  open.add_modalities(v1::MODALITY_IMAGE);
  open.add_modalities(v1::MODALITY_TOOLS);
  const auto result = OpenFromProto(open, {});
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result->headers.size(), 1u);
  EXPECT_EQ(result->headers[0].name, "x-team");
  EXPECT_EQ(result->headers[0].value, "legal");
  EXPECT_EQ(result->modalities, kModalityImage | kModalityTools);
  EXPECT_EQ(OpenFromProto(v1::ExchangeOpen(), {})->modalities, kModalityText);
  open.add_modalities(v1::MODALITY_UNSPECIFIED);
  EXPECT_EQ(OpenFromProto(open, {}).status().code(), absl::StatusCode::kInvalidArgument);
  v1::ExchangeOpen many;
  for (int i = 0; i < 101; ++i) many.add_headers();
  EXPECT_EQ(OpenFromProto(many, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckTarget(std::string(2000, 't')).code(), absl::StatusCode::kInvalidArgument);
}

TEST(PolicyTranslate, ObserversAndMissedBytesAreTold) {
  Decision decision;
  decision.findings.push_back({.policy = "secrets", .observed = true});
  decision.scanned_bytes = 3;
  decision.required_bytes = 10;
  v1::Decision proto;
  DecisionToProto(decision, proto);
  EXPECT_TRUE(proto.findings(0).observed());
  EXPECT_EQ(proto.required_bytes(), 10u);
}

}  // namespace
}  // namespace portcullis::policy
