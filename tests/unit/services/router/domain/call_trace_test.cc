// What traces tell of a call and its attempts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/router_fixture.h"

namespace portcullis::router {
namespace {

using portcullis::testing::AttributeOf;
using portcullis::testing::NumberOf;
using portcullis::testing::TextOf;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

class CallTraceTest : public test::RouterFixture {
 protected:
  static CompletionRequest Sampled(char flag = '1') {
    CompletionRequest request = Request("chat");
    request.context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";
    request.context.traceparent += flag;
    return request;
  }

  test::RecordingObserver observer_;
};

TEST_F(CallTraceTest, AttemptsAreBelowTheirCall) {
  AddTarget("a").provider = "mistral";
  AddTarget("b").provider = "openai";
  rng_.set_unit(0.25);
  auto call = router().Start(Sampled(), observer_);
  clock_.Advance(milliseconds(5));
  upstream_.last().AnswerStatus(503);
  timers_.Advance(*timers_.NextDelay());
  upstream_.last().Fail(TransportError::kConnect);
  timers_.Advance(*timers_.NextDelay());
  upstream_.last().Fail(TransportError::kTimeout);
  rng_.set_unit(0.75);
  upstream_.last().AnswerOk();
  ASSERT_EQ(observer_.summary->outcome, Outcome::kOk);
  const std::vector<telemetry::Span> spans = tracer_.spans();
  EXPECT_THAT(tracer_.names(),
              ElementsAre("chat a-model", "chat a-model", "chat a-model", "chat b-model", "route"));
  const telemetry::Span& route = spans[4];
  EXPECT_EQ(route.kind, telemetry::SpanKind::kServer);
  EXPECT_EQ(route.parent_id[0], 0xb7);
  EXPECT_EQ(NumberOf(route, "portcullis.attempts"), 4);
  EXPECT_EQ(TextOf(route, "portcullis.target"), "b");
  EXPECT_FALSE(route.failed);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(spans[i].parent_id, route.id);
    EXPECT_EQ(spans[i].trace_id, route.trace_id);
    EXPECT_EQ(spans[i].kind, telemetry::SpanKind::kClient);
    EXPECT_EQ(NumberOf(spans[i], "portcullis.attempt"), static_cast<int64_t>(i) + 1);
    EXPECT_EQ(spans[i].failed, i < 3);
  }
  EXPECT_EQ(spans[0].end - spans[0].start, milliseconds(5));
  EXPECT_EQ(NumberOf(spans[0], "http.response.status_code"), 503);
  EXPECT_EQ(TextOf(spans[0], "error.type"), "upstream_error");
  EXPECT_EQ(TextOf(spans[0], "gen_ai.provider.name"), "mistral_ai");
  EXPECT_EQ(TextOf(spans[1], "error.type"), "connect_failed");
  EXPECT_FALSE(AttributeOf(spans[1], "http.response.status_code"));
  EXPECT_EQ(TextOf(spans[2], "error.type"), "timeout");
  EXPECT_EQ(TextOf(spans[3], "gen_ai.request.model"), "b-model");
  EXPECT_EQ(TextOf(spans[3], "gen_ai.operation.name"), "chat");
  EXPECT_FALSE(AttributeOf(spans[3], "error.type"));
}

TEST_F(CallTraceTest, ACancelledCallAndItsAttemptEnd) {
  AddTarget("a");
  auto call = router().Start(Sampled(), observer_);
  call.reset();
  const std::vector<telemetry::Span> spans = tracer_.spans();
  ASSERT_THAT(tracer_.names(), ElementsAre("chat a-model", "route"));
  for (const telemetry::Span& span : spans) EXPECT_EQ(TextOf(span, "error.type"), "cancelled");
}

TEST_F(CallTraceTest, WhatIsNotSampledIsNotTraced) {
  AddTarget("a");
  auto call = router().Start(Sampled('0'), observer_);
  upstream_.last().AnswerOk();
  auto without = router().Start(Request(), observer_);
  upstream_.last().AnswerOk();
  EXPECT_TRUE(tracer_.spans().empty());
}

}  // namespace
}  // namespace portcullis::router
