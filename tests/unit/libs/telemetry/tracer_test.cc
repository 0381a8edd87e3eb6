#include "libs/telemetry/api/tracer.h"

#include <gtest/gtest.h>

#include "libs/base/ids.h"
#include "libs/telemetry/api/gen_ai.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/recording_tracer.h"

namespace portcullis::telemetry {
namespace {

using portcullis::testing::RecordingTracer;

constexpr char kSampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kUnsampled[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

class TracerTest : public ::testing::Test {
 protected:
  RecordingTracer tracer_;
  const Tracing tracing_{&tracer_, SpanKind::kServer};
  portcullis::testing::FakeClock clock_;
  base::SystemRng rng_{7};
};

TEST_F(TracerTest, ReadsTheSampledFlag) {
  EXPECT_TRUE(IsSampled(kSampled));
  EXPECT_TRUE(IsSampled("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0b"));
  EXPECT_FALSE(IsSampled(kUnsampled));
  EXPECT_FALSE(IsSampled("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02"));
  EXPECT_FALSE(IsSampled(""));
  EXPECT_FALSE(IsSampled("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
}

TEST_F(TracerTest, ATraceGoesOnAsItsCallerSays) {
  const std::string on = EnterTrace(kSampled, tracing_, rng_);
  EXPECT_EQ(on.substr(0, 36), std::string(kSampled).substr(0, 36));
  EXPECT_NE(on, kSampled);
  EXPECT_TRUE(IsSampled(on));
  EXPECT_FALSE(IsSampled(EnterTrace(kUnsampled, tracing_, rng_)));
  EXPECT_TRUE(IsSampled(EnterTrace(kSampled, {}, rng_)))
      << "services behind may trace though this one does not";
}

TEST_F(TracerTest, ANewTraceIsSampledAsTheTracerSays) {
  EXPECT_TRUE(IsSampled(EnterTrace("", tracing_, rng_)));
  EXPECT_TRUE(IsSampled(EnterTrace("nonsense", tracing_, rng_)));
  tracer_.samples = false;
  EXPECT_FALSE(IsSampled(EnterTrace("", tracing_, rng_)));
  EXPECT_FALSE(IsSampled(EnterTrace("", {}, rng_)));
}

TEST_F(TracerTest, SpansHaveTheirPlaceTimesAndFacts) {
  const std::string own = EnterTrace(kSampled, tracing_, rng_);
  ActiveSpan root = ActiveSpan::At(own, kSampled, tracing_, SpanKind::kServer, "POST /x");
  root.Start(clock_);
  EXPECT_EQ(root.traceparent(), own);
  ActiveSpan child = ActiveSpan::Below(own, tracing_, rng_, SpanKind::kClient, "chat m");
  child.Start(clock_);
  clock_.Advance(std::chrono::milliseconds(3));
  child.Event("first byte");
  clock_.Advance(std::chrono::milliseconds(4));
  child.SetNumber("n", 5);
  child.SetText("empty", "");
  child.Fail("timeout");
  child.End();
  child.End();
  root.End();
  const std::vector<Span> spans = tracer_.spans();
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0].parent_id, spans[1].id);
  EXPECT_EQ(spans[0].trace_id, spans[1].trace_id);
  EXPECT_EQ(spans[0].trace_id[0], 0x0a);
  EXPECT_EQ(spans[0].trace_id[15], 0x9c);
  EXPECT_EQ(spans[1].parent_id[0], 0xb7);
  EXPECT_EQ(spans[1].parent_id[7], 0x31);
  EXPECT_EQ(spans[0].end - spans[0].start, std::chrono::milliseconds(7));
  ASSERT_EQ(spans[0].events.size(), 1u);
  EXPECT_EQ(spans[0].events[0].time - spans[0].start, std::chrono::milliseconds(3));
  EXPECT_TRUE(spans[0].failed);
  EXPECT_EQ(portcullis::testing::TextOf(spans[0], kErrorType), "timeout");
  EXPECT_EQ(portcullis::testing::NumberOf(spans[0], "n"), 5);
  EXPECT_FALSE(portcullis::testing::AttributeOf(spans[0], "empty"));
}

TEST_F(TracerTest, ASpanNeverEndsBeforeItBegan) {
  ActiveSpan span = ActiveSpan::Below(kSampled, tracing_, rng_, SpanKind::kInternal, "s");
  span.Start(clock_);
  clock_.SetNow(base::SystemTime{});
  clock_.Advance(std::chrono::milliseconds(1));
  span.End();
  EXPECT_EQ(tracer_.spans().at(0).end - tracer_.spans().at(0).start, std::chrono::milliseconds(1));
}

TEST_F(TracerTest, WhatNobodyWantsIsNotRecorded) {
  ActiveSpan unsampled = ActiveSpan::Below(kUnsampled, tracing_, rng_, SpanKind::kInternal, "s");
  EXPECT_FALSE(unsampled);
  EXPECT_EQ(unsampled.traceparent(), "");
  unsampled.Start(clock_);
  unsampled.Fail("x");
  unsampled.End();
  EXPECT_FALSE(ActiveSpan::Below(kSampled, {}, rng_, SpanKind::kInternal, "s"));
  { ActiveSpan never_started = ActiveSpan::Below(kSampled, tracing_, rng_, SpanKind::kInternal, "s"); }
  EXPECT_TRUE(tracer_.spans().empty());
}

TEST_F(TracerTest, ASpanEndsOnceThoughItMoves) {
  {
    ActiveSpan first = ActiveSpan::Below(kSampled, tracing_, rng_, SpanKind::kInternal, "moved");
    first.Start(clock_);
    ActiveSpan second = std::move(first);
    ActiveSpan third;
    third = std::move(second);
  }
  EXPECT_EQ(tracer_.names(), std::vector<std::string>{"moved"});
}

TEST(GenAiTest, UsesTheConventionsNames) {
  EXPECT_EQ(gen_ai::OperationOf("chat.completions"), "chat");
  EXPECT_EQ(gen_ai::OperationOf("fim.completions"), "text_completion");
  EXPECT_EQ(gen_ai::OperationOf("embeddings"), "embeddings");
  EXPECT_EQ(gen_ai::ProviderOf("mistral"), "mistral_ai");
  EXPECT_EQ(gen_ai::ProviderOf("anthropic"), "anthropic");
}

}  // namespace
}  // namespace portcullis::telemetry
