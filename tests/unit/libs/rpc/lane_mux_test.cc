// The multiplexer alone: what it makes of frames, good and bad.
#include "libs/rpc/lane_mux.h"

#include <gmock/gmock.h>

#include <map>

namespace portcullis::rpc {
namespace {

namespace pb = common::v1;

class FixedClock final : public base::Clock {
 public:
  base::SystemTime Now() const override { return {}; }
  base::MonotonicTime Monotonic() const override { return now; }
  base::MonotonicTime now{std::chrono::hours(1)};
};

class LaneMuxTest : public ::testing::Test {
 protected:
  std::vector<LaneEvent> Carry(LaneMux& from, LaneMux& to) {
    pb::LaneBatch batch;
    from.Gather(batch);
    std::vector<LaneEvent> events;
    EXPECT_TRUE(to.Receive(batch, events).ok());
    return events;
  }
  // Carries until nothing is left to send either way; the receivers consume at once.
  std::vector<LaneEvent> CarryAll(LaneMux& from, LaneMux& to) {
    std::vector<LaneEvent> all;
    while (from.HasOutput() || to.HasOutput()) {
      for (LaneEvent& event : Carry(from, to)) {
        to.Consumed(event.call, event.payload.size());
        all.push_back(std::move(event));
      }
      Carry(to, from);
    }
    return all;
  }
  std::vector<LaneEvent> Feed(LaneMux& mux, const std::vector<pb::Frame>& frames) {
    pb::LaneBatch batch;
    for (const pb::Frame& frame : frames) *batch.add_frames() = frame;
    std::vector<LaneEvent> events;
    EXPECT_TRUE(mux.Receive(batch, events).ok());
    return events;
  }
  static pb::Frame Frame(uint64_t call, pb::FrameKind kind, std::string payload = "", bool more = false) {
    pb::Frame frame;
    frame.set_call_id(call);
    frame.set_kind(kind);
    frame.set_payload(std::move(payload));
    frame.set_more(more);
    return frame;
  }
  // The END frames that wait at a server, by call.
  static std::map<uint64_t, absl::StatusCode> Ends(LaneMux& mux) {
    pb::LaneBatch batch;
    mux.Gather(batch);
    std::map<uint64_t, absl::StatusCode> ends;
    for (const pb::Frame& frame : batch.frames()) {
      if (frame.kind() != pb::FRAME_KIND_END) continue;
      ends[frame.call_id()] = static_cast<absl::StatusCode>(frame.status_code());
    }
    return ends;
  }

  FixedClock clock_;
  LaneLimits limits_;
  LaneMux client_{LaneMux::Side::kClient, limits_, clock_};
  LaneMux server_{LaneMux::Side::kServer, limits_, clock_};
};

TEST_F(LaneMuxTest, LongMessagesAreSplitAndPutTogether) {
  const std::string message(1'000'000, 'm');
  const uint64_t call = client_.Open({}, message);
  const auto events = CarryAll(client_, server_);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, LaneEvent::Kind::kOpen);
  EXPECT_EQ(events[0].call, call);
  EXPECT_EQ(events[0].payload, message);
  EXPECT_EQ(server_.buffered_bytes(), 0u);
}

TEST_F(LaneMuxTest, NoFrameIsLongerThanTheProtocolAllows) {
  client_.Open({}, std::string(200'000, 'm'));
  pb::LaneBatch batch;
  client_.Gather(batch);
  size_t total = 0;
  for (const pb::Frame& frame : batch.frames()) {
    EXPECT_LE(frame.payload().size(), kMaxFrameBytes);
    total += frame.payload().size();
  }
  EXPECT_GE(total, kBatchBytes - kMaxFrameBytes);
  EXPECT_LE(total, kBatchBytes + kMaxFrameBytes);
}

TEST_F(LaneMuxTest, ASenderStopsAtTheWindow) {
  const uint64_t call = client_.Open({}, "x");
  Carry(client_, server_);
  server_.Send(call, std::string(3 * kWindowBytes, 'm'), false);
  size_t sent = 0;
  while (server_.HasOutput()) {
    pb::LaneBatch batch;
    server_.Gather(batch);
    for (const pb::Frame& frame : batch.frames()) sent += frame.payload().size();
  }
  EXPECT_EQ(sent, kWindowBytes);
  EXPECT_EQ(server_.queued_bytes(call), 2 * kWindowBytes);
  pb::Frame window = Frame(call, pb::FRAME_KIND_WINDOW);
  window.set_credit(1000);
  Feed(server_, {window});
  pb::LaneBatch more;
  server_.Gather(more);
  ASSERT_EQ(more.frames_size(), 1);
  EXPECT_EQ(more.frames(0).payload().size(), 1000u);
}

TEST_F(LaneMuxTest, WithoutConsumingNothingIsGranted) {
  const uint64_t call = client_.Open({}, "x");
  Carry(client_, server_);
  server_.SendData(call, std::string(kMaxFrameBytes, 'd'));
  for (int i = 1; i < 20; ++i) server_.SendData(call, std::string(kMaxFrameBytes, 'd'));
  size_t received = 0;
  while (server_.HasOutput()) {
    for (const LaneEvent& event : Carry(server_, client_)) received += event.payload.size();
    Carry(client_, server_);
  }
  EXPECT_EQ(received, kWindowBytes);
  client_.Consumed(call, received);
  EXPECT_TRUE(client_.HasOutput());
  Carry(client_, server_);
  EXPECT_TRUE(server_.HasOutput());
}

TEST_F(LaneMuxTest, ControlFramesNeedNoWindow) {
  const uint64_t call = client_.Open({}, "x");
  Carry(client_, server_);
  server_.Send(call, std::string(2 * kWindowBytes, 'm'), false);
  while (server_.HasOutput()) {
    pb::LaneBatch batch;
    server_.Gather(batch);
  }
  server_.End(call, absl::InternalError("stop"));
  EXPECT_THAT(Ends(server_), testing::ElementsAre(testing::Pair(call, absl::StatusCode::kInternal)));
}

TEST_F(LaneMuxTest, ShortCallsDoNotWaitForLongOnes) {
  for (int i = 0; i < 10; ++i) client_.Open({}, std::string(1 << 20, 'l'));
  const uint64_t small = client_.Open({}, "small");
  pb::LaneBatch batch;
  client_.Gather(batch);
  EXPECT_EQ(batch.frames(0).call_id(), small);
}

TEST_F(LaneMuxTest, LongCallsDoNotStarveUnderShortOnes) {
  const uint64_t large = client_.Open({}, std::string(100'000, 'l'));
  for (int i = 0; i < 5'000; ++i) client_.Open({}, std::string(300, 's'));
  size_t before = 0;
  for (bool found = false; !found;) {
    pb::LaneBatch batch;
    client_.Gather(batch);
    ASSERT_GT(batch.frames_size(), 0);
    for (const pb::Frame& frame : batch.frames()) {
      found |= frame.call_id() == large;
      before += found ? 0 : frame.payload().size();
    }
  }
  EXPECT_LE(before, 2 * kMaxFrameBytes);
}

TEST_F(LaneMuxTest, CancelOfACallThatNeverLeftSendsNothing) {
  const uint64_t call = client_.Open({}, "x");
  client_.Cancel(call);
  pb::LaneBatch batch;
  client_.Gather(batch);
  EXPECT_EQ(batch.frames_size(), 0);
}

TEST_F(LaneMuxTest, OnlyCallsThatHaveNotBegunCanBeTakenBack) {
  const uint64_t begun = client_.Open({}, "a");
  Carry(client_, server_);
  const uint64_t waiting = client_.Open({}, "b");
  client_.Send(waiting, "c", false);
  std::vector<LaneItem> items;
  EXPECT_FALSE(client_.TakeBack(begun, items));
  ASSERT_TRUE(client_.TakeBack(waiting, items));
  EXPECT_FALSE(client_.is_open(waiting));
  LaneMux other(LaneMux::Side::kClient, limits_, clock_);
  other.Open(std::move(items));
  LaneMux other_server(LaneMux::Side::kServer, limits_, clock_);
  const auto events = CarryAll(other, other_server);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].payload, "b");
  EXPECT_EQ(events[1].payload, "c");
}

TEST_F(LaneMuxTest, RemainingTimeIsThatOfTheMomentOfSending) {
  base::RequestContext context;
  context.deadline = clock_.now + std::chrono::seconds(10);
  client_.Open(context, "x");
  clock_.now += std::chrono::seconds(4);
  const auto events = Carry(client_, server_);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].context->deadline, context.deadline);
  clock_.now += std::chrono::seconds(4);
}

TEST_F(LaneMuxTest, FramesOfCallsThatAreOverAreDropped) {
  const uint64_t call = client_.Open({}, "x");
  Carry(client_, server_);
  server_.End(call, absl::OkStatus());
  Carry(server_, client_);
  EXPECT_THAT(Feed(server_, {Frame(call, pb::FRAME_KIND_MESSAGE, "late")}), testing::IsEmpty());
  EXPECT_THAT(Feed(client_, {Frame(call, pb::FRAME_KIND_MESSAGE, "late")}), testing::IsEmpty());
  EXPECT_FALSE(server_.HasOutput());
}

// Each of these ends its call with an error for the peer, and nothing else happens.
TEST_F(LaneMuxTest, MalformedFramesEndTheirCall) {
  const auto expect = [&](std::vector<pb::Frame> frames, absl::StatusCode code) {
    LaneMux server(LaneMux::Side::kServer, limits_, clock_);
    frames.insert(frames.begin(), Frame(1, pb::FRAME_KIND_OPEN, "first"));
    const auto events = Feed(server, frames);
    ASSERT_GE(events.size(), 2u);
    EXPECT_EQ(events.back().kind, LaneEvent::Kind::kEnd);
    EXPECT_EQ(events.back().status.code(), code) << events.back().status;
    EXPECT_THAT(Ends(server), testing::ElementsAre(testing::Pair(1, code)));
    EXPECT_EQ(server.open_calls(), 0u);
    EXPECT_EQ(server.buffered_bytes(), 0u);
  };
  const auto invalid = absl::StatusCode::kInvalidArgument;
  expect({Frame(1, pb::FRAME_KIND_OPEN, "again")}, invalid);
  expect({Frame(1, pb::FRAME_KIND_UNSPECIFIED)}, invalid);
  expect({Frame(1, static_cast<pb::FrameKind>(99))}, invalid);
  expect({Frame(1, pb::FRAME_KIND_END)}, invalid);
  expect({Frame(1, pb::FRAME_KIND_WINDOW)}, invalid);
  expect({Frame(1, pb::FRAME_KIND_MESSAGE, std::string(kMaxFrameBytes + 1, 'x'))}, invalid);
  expect({Frame(1, pb::FRAME_KIND_MESSAGE, "part", true), Frame(1, pb::FRAME_KIND_DATA, "x")}, invalid);
  pb::Frame both = Frame(1, pb::FRAME_KIND_MESSAGE, "x", true);
  both.set_last(true);
  expect({both}, invalid);
  pb::Frame credit = Frame(1, pb::FRAME_KIND_WINDOW);
  credit.set_credit(~0ull);
  expect({credit}, invalid);
  // More than the window, unasked.
  expect(std::vector<pb::Frame>(kWindowBytes / kMaxFrameBytes + 1,
                                Frame(1, pb::FRAME_KIND_MESSAGE, std::string(kMaxFrameBytes, 'x'))),
         invalid);
}

TEST_F(LaneMuxTest, FramesForCallsNeverOpenedAreAnswered) {
  EXPECT_THAT(Feed(server_, {Frame(5, pb::FRAME_KIND_MESSAGE, "x")}), testing::IsEmpty());
  EXPECT_THAT(Ends(server_), testing::ElementsAre(testing::Pair(5, absl::StatusCode::kInvalidArgument)));
}

TEST_F(LaneMuxTest, FramesWithoutCallCloseTheLane) {
  pb::LaneBatch batch;
  *batch.add_frames() = Frame(0, pb::FRAME_KIND_MESSAGE, "x");
  std::vector<LaneEvent> events;
  EXPECT_EQ(server_.Receive(batch, events).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LaneMuxTest, BadContextsRefuseTheCall) {
  pb::Frame open = Frame(1, pb::FRAME_KIND_OPEN, "x");
  open.mutable_context()->set_tenant(std::string(5000, 't'));
  EXPECT_THAT(Feed(server_, {open}), testing::IsEmpty());
  EXPECT_THAT(Ends(server_), testing::ElementsAre(testing::Pair(1, absl::StatusCode::kInvalidArgument)));
}

TEST_F(LaneMuxTest, LimitsHold) {
  limits_.max_calls = 2;
  limits_.max_message_bytes = 50'000;
  LaneMux server(LaneMux::Side::kServer, limits_, clock_);
  const auto events = Feed(server, {Frame(1, pb::FRAME_KIND_OPEN, "a"), Frame(2, pb::FRAME_KIND_OPEN, "b"),
                                    Frame(3, pb::FRAME_KIND_OPEN, "c")});
  EXPECT_EQ(events.size(), 2u);
  const std::string part(30'000, 'p');
  Feed(server, {Frame(1, pb::FRAME_KIND_MESSAGE, part, true), Frame(1, pb::FRAME_KIND_MESSAGE, part, true)});
  EXPECT_THAT(Ends(server), testing::ElementsAre(testing::Pair(1, absl::StatusCode::kResourceExhausted),
                                                 testing::Pair(3, absl::StatusCode::kResourceExhausted)));
}

TEST_F(LaneMuxTest, AFullLaneRefusesTheCallThatOverfillsIt) {
  limits_.max_buffered_bytes = 50'000;
  LaneMux server(LaneMux::Side::kServer, limits_, clock_);
  const std::string part(30'000, 'p');
  Feed(server, {Frame(1, pb::FRAME_KIND_OPEN, part, true), Frame(2, pb::FRAME_KIND_OPEN, part, true)});
  EXPECT_THAT(Ends(server), testing::ElementsAre(testing::Pair(2, absl::StatusCode::kResourceExhausted)));
  EXPECT_EQ(server.buffered_bytes(), 30'000u);
}

TEST_F(LaneMuxTest, APeerThatNeverReadsIsCutOff) {
  limits_.max_control_frames = 10;
  LaneMux server(LaneMux::Side::kServer, limits_, clock_);
  pb::LaneBatch batch;
  for (uint64_t i = 1; i < 20; ++i) *batch.add_frames() = Frame(i, pb::FRAME_KIND_DATA, "x");
  std::vector<LaneEvent> events;
  EXPECT_EQ(server.Receive(batch, events).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(LaneMuxTest, AServerThatBreaksTheProtocolIsAnInternalError) {
  const uint64_t call = client_.Open({}, "x");
  Carry(client_, server_);
  const auto events = Feed(client_, {Frame(call, pb::FRAME_KIND_CANCEL)});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].status.code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace portcullis::rpc
