#include "libs/rpc/context_translate.h"

#include <gtest/gtest.h>

namespace portcullis::rpc {
namespace {

constexpr base::MonotonicTime kNow{std::chrono::hours(3)};

TEST(ContextTranslate, RoundTrip) {
  base::RequestContext context{"req_1", "t",
                               "p",     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                               "u",     kNow + std::chrono::milliseconds(1500)};
  common::v1::RequestContext proto;
  ContextToProto(context, kNow, proto);
  EXPECT_EQ(proto.remaining_us(), 1'500'000u);
  const auto back = ContextFromProto(proto, kNow + std::chrono::hours(1));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->request_id, "req_1");
  EXPECT_EQ(back->tenant, "t");
  EXPECT_EQ(back->principal, "p");
  EXPECT_EQ(back->user, "u");
  EXPECT_EQ(back->traceparent, context.traceparent);
  EXPECT_EQ(back->deadline, kNow + std::chrono::hours(1) + std::chrono::milliseconds(1500));
}

TEST(ContextTranslate, NoDeadlineStaysNone) {
  common::v1::RequestContext proto;
  ContextToProto({}, kNow, proto);
  EXPECT_EQ(proto.remaining_us(), 0u);
  EXPECT_EQ(ContextFromProto(proto, kNow)->deadline, base::MonotonicTime{});
}

TEST(ContextTranslate, APassedDeadlineIsNotNone) {
  base::RequestContext context;
  context.deadline = kNow - std::chrono::seconds(1);
  common::v1::RequestContext proto;
  ContextToProto(context, kNow, proto);
  EXPECT_EQ(proto.remaining_us(), 1u);
}

TEST(ContextTranslate, HugeRemainingTimesDoNotOverflow) {
  common::v1::RequestContext proto;
  proto.set_remaining_us(~0ull);
  const auto context = ContextFromProto(proto, kNow);
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->deadline, kNow + std::chrono::hours(24));
}

TEST(ContextTranslate, RefusesBadNamesAndDropsBadTraces) {
  common::v1::RequestContext proto;
  proto.set_request_id("no spaces");
  EXPECT_EQ(ContextFromProto(proto, kNow).status().code(), absl::StatusCode::kInvalidArgument);
  proto.set_request_id("");
  proto.set_user("line\nbreak");
  EXPECT_EQ(ContextFromProto(proto, kNow).status().code(), absl::StatusCode::kInvalidArgument);
  proto.set_user("");
  proto.set_traceparent("nonsense");
  ASSERT_TRUE(ContextFromProto(proto, kNow).ok());
  EXPECT_EQ(ContextFromProto(proto, kNow)->traceparent, "");
}

}  // namespace
}  // namespace portcullis::rpc
