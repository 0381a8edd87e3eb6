// Lanes over real gRPC on loopback.
#include <gmock/gmock.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "libs/rpc/rpc_metrics.h"
#include "libs/testing/recording_metrics.h"
#include "libs/testing/wait.h"
#include "tests/unit/libs/rpc/lane_fixture.h"

namespace portcullis::rpc {
namespace {

void Echo(const std::string& message, const LaneReply& reply, const base::RequestContext&) {
  reply.SendLast(message);
}

TEST_F(LaneTest, CarriesAMessageThereAndBack) {
  ScriptHandler handler(Echo);
  StartServer(handler);
  StartClient();
  TestCall call;
  Open(call, "hello");
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_TRUE(call.status.ok()) << call.status;
  EXPECT_THAT(call.messages, ::testing::ElementsAre("hello"));
  EXPECT_TRUE(handler.monitor.Await([&] { return handler.closed == 1; }));
}

// Whether a socket of this machine is connected to this port, in whatever state.
bool HasConnectionTo(int port) {
  char suffix[8];
  std::snprintf(suffix, sizeof(suffix), ":%04X", port);
  std::ifstream table("/proc/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string number, local, remote;
    if (fields >> number >> local >> remote && remote.ends_with(suffix)) return true;
  }
  return false;
}

TEST_F(LaneTest, CarriesContextAndRemainingTime) {
  base::RequestContext seen;
  base::MonotonicTime arrived;
  ScriptHandler handler([&](const std::string&, const LaneReply& reply, const base::RequestContext& context) {
    seen = context;
    arrived = clock_.Monotonic();
    reply.SendLast("");
  });
  StartServer(handler);
  StartClient();
  base::RequestContext context;
  context.request_id = "req_1";
  context.tenant = "acme";
  context.principal = "alice";
  context.user = "u7";
  context.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  context.deadline = clock_.Monotonic() + std::chrono::seconds(60);
  TestCall call;
  Open(call, "x", context);
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_EQ(seen.request_id, "req_1");
  EXPECT_EQ(seen.tenant, "acme");
  EXPECT_EQ(seen.principal, "alice");
  EXPECT_EQ(seen.user, "u7");
  EXPECT_EQ(seen.traceparent, context.traceparent);
  EXPECT_GT(seen.deadline, arrived + std::chrono::seconds(30));
  EXPECT_LT(seen.deadline, arrived + std::chrono::seconds(61));
}

TEST_F(LaneTest, CarriesErrorsWithCodeAndMessage) {
  ScriptHandler handler([](const std::string&, const LaneReply& reply, const base::RequestContext&) {
    reply.End(absl::ResourceExhaustedError("too much text"));
  });
  StartServer(handler);
  StartClient();
  TestCall call;
  Open(call, "x");
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_EQ(call.status, absl::ResourceExhaustedError("too much text"));
}

TEST_F(LaneTest, FailsCallsWhoseDeadlinePassesAndCancelsThemAtTheServer) {
  ScriptHandler handler([](const std::string&, const LaneReply&, const base::RequestContext&) {});
  StartServer(handler);
  StartClient();
  base::RequestContext context;
  context.deadline = clock_.Monotonic() + std::chrono::milliseconds(300);
  TestCall call;
  Open(call, "x", context);
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_EQ(call.status.code(), absl::StatusCode::kDeadlineExceeded) << call.status;
  EXPECT_TRUE(handler.monitor.Await([&] { return handler.open == handler.closed; }));
}

TEST_F(LaneTest, ADeadlineMayComeAndGoDuringACall) {
  ScriptHandler handler([](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
    if (message != "silence") reply.Send(message);
  });
  StartServer(handler);
  StartClient();
  TestCall call;
  Open(call, "x");
  OnWorker([&] { call.call->SetDeadline(clock_.Monotonic() + std::chrono::milliseconds(200)); });
  ASSERT_TRUE(call.AwaitMessages(1));
  OnWorker([&] { call.call->SetDeadline(base::MonotonicTime{}); });
  TestCall other;  // outlives the time that was set
  base::RequestContext context;
  context.deadline = clock_.Monotonic() + std::chrono::milliseconds(300);
  Open(other, "silence", context);
  ASSERT_TRUE(other.AwaitEnd());
  EXPECT_FALSE(call.ended);
  OnWorker([&] {
    call.call->SetDeadline(clock_.Monotonic() + std::chrono::milliseconds(50));
    call.call->Send("silence");
  });
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_EQ(call.status.code(), absl::StatusCode::kDeadlineExceeded) << call.status;
}

TEST_F(LaneTest, TheGaugeFollowsTheLanesThatAreReady) {
  testing::RecordingMetrics metrics;
  ScriptHandler handler([](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
    reply.SendLast(message);
  });
  StartServer(handler);
  LaneClientOptions options = ClientOptions(server_->host.port());
  options.ready = &metrics.AddGauge(kPeerLanes, {{"peer", "policy"}});
  StartClient(std::move(options));
  ASSERT_TRUE(AwaitReadyLanes(1));
  const auto told = [&] { return metrics.Value("portcullis_peer_lanes", {{"peer", "policy"}}); };
  EXPECT_EQ(told(), 1);
  server_.reset();
  ASSERT_TRUE(AwaitReadyLanes(0));
  EXPECT_EQ(told(), 0);
  OnWorker([this] { client_.reset(); });
}

TEST_F(LaneTest, DestroyingACallCancelsItAtTheServer) {
  for (const bool on_worker : {false, true}) {
    ScriptHandler handler([](const std::string& message, const LaneReply& reply,
                             const base::RequestContext&) { reply.Send(message); });
    StartServer(handler, on_worker);
    StartClient();
    TestCall call;
    Open(call, "x");
    ASSERT_TRUE(call.AwaitMessages(1));
    EXPECT_EQ(handler.monitor.Read([&] { return handler.closed; }), 0);
    Drop(call);
    EXPECT_TRUE(handler.monitor.Await([&] { return handler.closed == 1; }));
    EXPECT_FALSE(call.ended);
    OnWorker([this] { client_.reset(); });
    server_.reset();
  }
}

TEST_F(LaneTest, FinishDeliversTheLastMessageAndEndsTheCall) {
  Monitor monitor;
  std::vector<std::string> seen;
  ScriptHandler handler([&](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
    monitor.Change([&] { seen.push_back(message); });
    reply.Send(message);
  });
  StartServer(handler);
  StartClient();
  TestCall call;
  Open(call, "first");
  ASSERT_TRUE(call.AwaitMessages(1));
  OnWorker([&] {
    call.call->Finish("bye");
    call.call.reset();
  });
  EXPECT_TRUE(monitor.Await([&] { return seen.size() == 2; }));
  EXPECT_EQ(seen.back(), "bye");
  EXPECT_TRUE(handler.monitor.Await([&] { return handler.closed == 1; }));
}

TEST_F(LaneTest, CarriesAThousandCallsAtOnceOverOneLane) {
  for (const bool on_worker : {false, true}) {
    // Nobody is answered before everybody has come.
    std::mutex mutex;
    std::vector<std::pair<LaneReply, std::string>> waiting;
    ScriptHandler handler(
        [&](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
          std::lock_guard lock(mutex);
          waiting.emplace_back(reply, message);
          if (waiting.size() < 1000) return;
          for (const auto& [to, what] : waiting) to.SendLast(what);
        });
    StartServer(handler, on_worker);
    StartClient();
    std::vector<std::unique_ptr<TestCall>> calls;
    OnWorker([&] {
      for (int i = 0; i < 1000; ++i) {
        calls.push_back(std::make_unique<TestCall>());
        calls.back()->call = client_->Open({}, "message " + std::to_string(i), *calls.back());
      }
    });
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(calls[i]->AwaitEnd()) << i;
      ASSERT_TRUE(calls[i]->status.ok()) << calls[i]->status;
      ASSERT_THAT(calls[i]->messages, ::testing::ElementsAre("message " + std::to_string(i)));
    }
    EXPECT_EQ(server_->lanes.lanes(), 1u);
    EXPECT_TRUE(handler.monitor.Await([&] { return handler.closed == 1000; }));
    OnWorker([&] {
      calls.clear();
      client_.reset();
    });
    server_.reset();
  }
}

TEST_F(LaneTest, SmallCallsPassLargeBodies) {
  Monitor monitor;
  std::vector<size_t> order;
  ScriptHandler handler([&](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
    monitor.Change([&] { order.push_back(message.size()); });
    reply.SendLast(message);
  });
  StartServer(handler);
  StartClient();
  TestCall warm;
  Open(warm, "warm");
  ASSERT_TRUE(warm.AwaitEnd());
  constexpr size_t kLarge = 5 << 20;
  std::vector<std::unique_ptr<TestCall>> large, small;
  OnWorker([&] {
    for (int i = 0; i < 4; ++i) {
      large.push_back(std::make_unique<TestCall>());
      large.back()->call = client_->Open({}, std::string(kLarge, static_cast<char>('a' + i)), *large.back());
    }
    for (int i = 0; i < 50; ++i) {
      small.push_back(std::make_unique<TestCall>());
      small.back()->call = client_->Open({}, "small", *small.back());
    }
  });
  for (auto& call : small) ASSERT_TRUE(call->AwaitEnd());
  for (size_t i = 0; i < large.size(); ++i) {
    ASSERT_TRUE(large[i]->AwaitEnd());
    ASSERT_TRUE(large[i]->status.ok()) << large[i]->status;
    EXPECT_EQ(large[i]->messages.at(0), std::string(kLarge, static_cast<char>('a' + i)));
  }
  // They were opened after 20 MB of others, and yet all of them arrived first.
  const std::vector<size_t> arrivals = monitor.Read([&] { return order; });
  for (size_t i = 1; i <= small.size(); ++i) EXPECT_EQ(arrivals[i], 5u) << i;
}

TEST_F(LaneTest, APausedReaderBoundsWhatTheSenderHolds) {
  // The server sends as long as its queue allows.
  Monitor monitor;
  size_t sent = 0;
  constexpr size_t kTotal = 8 << 20;
  const std::string chunk(10'000, 'x');
  ScriptHandler handler([&](const std::string&, const LaneReply& reply, const base::RequestContext&) {
    size_t now_sent = monitor.Read([&] { return sent; });
    while (now_sent < kTotal && reply.queued_bytes() < kHighWaterBytes) {
      reply.SendData(chunk);
      now_sent += chunk.size();
    }
    monitor.Change([&] { sent = now_sent; });
    if (now_sent >= kTotal) reply.End(absl::OkStatus());
  });
  StartServer(handler, true);
  StartClient();
  TestCall call;
  call.then = [](TestCall& self) { self.call->Pause(); };
  Open(call, "go");
  ASSERT_TRUE(call.monitor.Await([&] { return call.bytes > 0; }));
  // Another call sees that the lane works while this one is stopped.
  TestCall other;
  Open(other, "go");
  ASSERT_TRUE(other.monitor.Await([&] { return other.bytes > kWindowBytes; }));
  const size_t bound = 2 * (kWindowBytes + kHighWaterBytes + 2 * chunk.size()) + other.bytes;
  EXPECT_LT(monitor.Read([&] { return sent; }), std::max(bound, kTotal));
  Drop(other);
  const size_t received = call.monitor.Read([&] { return call.bytes; });
  EXPECT_LT(received, kWindowBytes + kMaxFrameBytes);
  call.then = nullptr;
  OnWorker([&] { call.call->Resume(); });
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_TRUE(call.status.ok());
  EXPECT_GT(call.bytes, kWindowBytes);
  EXPECT_GT(handler.monitor.Read([&] { return handler.writable; }), 0);
}

TEST_F(LaneTest, NewCallsSucceedAfterTheServerCameBack) {
  ScriptHandler hold([](const std::string&, const LaneReply&, const base::RequestContext&) {});
  StartServer(hold);
  const int port = server_->host.port();
  StartClient();
  TestCall lost;
  Open(lost, "x");
  ASSERT_TRUE(hold.monitor.Await([&] { return hold.open == 1; }));
  server_.reset();
  ASSERT_TRUE(lost.AwaitEnd());
  EXPECT_EQ(lost.status.code(), absl::StatusCode::kUnavailable) << lost.status;
  EXPECT_THAT(std::string(lost.status.message()), ::testing::HasSubstr("policy"));
  ScriptHandler handler(Echo);
  StartServer(handler, false, port);
  TestCall call;
  Open(call, "again");
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_TRUE(call.status.ok()) << call.status;
}

TEST_F(LaneTest, WithoutAServerCallsFailWithTheReason) {
  ScriptHandler handler(Echo);
  StartServer(handler);
  LaneClientOptions options = ClientOptions(server_->host.port());
  server_.reset();
  options.max_wait = std::chrono::milliseconds(200);
  StartClient(options);
  TestCall call;
  Open(call, "x");
  ASSERT_TRUE(call.AwaitEnd());
  EXPECT_EQ(call.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(call.status.message()), ::testing::HasSubstr("no policy service is reachable"));
}

TEST_F(LaneTest, DrainLetsOpenCallsEndAndMovesNewOnesToAnotherServer) {
  Monitor monitor;
  std::vector<LaneReply> held;
  ScriptHandler holding([&](const std::string&, const LaneReply& reply, const base::RequestContext&) {
    monitor.Change([&] { held.push_back(reply); });
  });
  ScriptHandler echo(Echo);
  StartServer(holding);
  TestServer second(clock_, {nullptr, &echo});
  LaneClientOptions options = ClientOptions(server_->host.port());
  options.targets.push_back("127.0.0.1:" + std::to_string(second.host.port()));
  StartClient(options);
  ASSERT_TRUE(AwaitReadyLanes(2));
  // The least busy lane is picked: the second of two calls that stay open goes to the other server.
  std::vector<std::unique_ptr<TestCall>> calls;
  while (monitor.Read([&] { return held.empty(); })) {
    calls.push_back(std::make_unique<TestCall>());
    Open(*calls.back(), "x");
    ASSERT_TRUE(monitor.Await([&] { return !held.empty(); }) || calls.back()->AwaitEnd());
  }
  std::thread draining([&] { server_->host.Drain(2 * kPatience); });
  EXPECT_TRUE(AwaitReadyLanes(1));
  for (int i = 0; i < 10; ++i) {
    TestCall call;
    Open(call, "y");
    EXPECT_TRUE(call.AwaitEnd());
    EXPECT_TRUE(call.status.ok()) << call.status;
  }
  EXPECT_EQ(holding.monitor.Read([&] { return holding.open; }), 1);
  held[0].SendLast("late");
  EXPECT_TRUE(calls.back()->AwaitEnd());
  EXPECT_TRUE(calls.back()->status.ok()) << calls.back()->status;
  EXPECT_THAT(calls.back()->messages, ::testing::ElementsAre("late"));
  draining.join();
  OnWorker([&] {
    calls.clear();
    client_.reset();
  });
}

// gRPC tells of the loss when it likes: by then the second call may have been written. It ends either way,
// and never with silence; LaneMuxTest shows which calls can be taken back.
TEST_F(LaneTest, ACallOpenedWhileTheConnectionIsLostMovesOrFails) {
  ScriptHandler hold([](const std::string&, const LaneReply&, const base::RequestContext&) {});
  StartServer(hold);
  const int port = server_->host.port();
  StartClient();
  ASSERT_TRUE(AwaitReadyLanes(1));
  ScriptHandler echo(Echo);
  TestCall sent, unsent;
  Open(sent, "x");
  ASSERT_TRUE(hold.monitor.Await([&] { return hold.open == 1; }));
  // The worker is busy while the server goes away and gRPC gives the connection up.
  OnWorker([&] {
    server_.reset();
    EXPECT_TRUE(portcullis::testing::WaitUntil([&] { return !HasConnectionTo(port); }));
    unsent.call = client_->Open({}, "moves", unsent);
  });
  ASSERT_TRUE(sent.AwaitEnd());
  EXPECT_EQ(sent.status.code(), absl::StatusCode::kUnavailable);
  StartServer(echo, false, port);
  ASSERT_TRUE(unsent.AwaitEnd());
  if (unsent.status.ok()) {
    EXPECT_THAT(unsent.messages, ::testing::ElementsAre("moves"));
  } else {
    EXPECT_EQ(unsent.status.code(), absl::StatusCode::kUnavailable) << unsent.status;
  }
}

TEST_F(LaneTest, CallsSpreadOverAllServers) {
  std::atomic<int> first = 0, second = 0;
  ScriptHandler a([&](const std::string&, const LaneReply&, const base::RequestContext&) { ++first; });
  ScriptHandler b([&](const std::string&, const LaneReply&, const base::RequestContext&) { ++second; });
  StartServer(a);
  TestServer other(clock_, {nullptr, &b});
  LaneClientOptions options = ClientOptions(server_->host.port());
  options.targets.push_back("127.0.0.1:" + std::to_string(other.host.port()));
  StartClient(options);
  ASSERT_TRUE(AwaitReadyLanes(2));
  std::vector<std::unique_ptr<TestCall>> calls;
  OnWorker([&] {
    for (int i = 0; i < 100; ++i) {
      calls.push_back(std::make_unique<TestCall>());
      calls.back()->call = client_->Open({}, "x", *calls.back());
    }
  });
  EXPECT_TRUE(a.monitor.Await([&] { return a.open == 50; }));
  EXPECT_TRUE(b.monitor.Await([&] { return b.open == 50; }));
  OnWorker([&] {
    calls.clear();
    client_.reset();
  });
}

TEST_F(LaneTest, LanesOverTheirMaxAgeAreReplacedWithoutLosingCalls) {
  ScriptHandler handler([](const std::string& message, const LaneReply& reply, const base::RequestContext&) {
    if (message == "open") return reply.Send("opened");
    reply.SendLast(message);
  });
  StartServer(handler);
  LaneClientOptions options = ClientOptions(server_->host.port());
  options.max_age = std::chrono::milliseconds(100);
  StartClient(options);
  TestCall old;
  Open(old, "open");
  ASSERT_TRUE(old.AwaitMessages(1));
  // While the old call is open its lane stays; the next ones are new.
  std::atomic<int> failed = 0;
  while (server_->lanes.lanes() < 2) {
    TestCall call;
    Open(call, "x");
    ASSERT_TRUE(call.AwaitEnd());
    if (!call.status.ok()) ++failed;
  }
  OnWorker([&] { old.call->Send("done"); });
  ASSERT_TRUE(old.AwaitEnd());
  EXPECT_TRUE(old.status.ok()) << old.status;
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace portcullis::rpc
