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

}  // namespace
}  // namespace portcullis::policy
