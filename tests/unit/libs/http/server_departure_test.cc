// Clients that leave, and servers that do.
#include <atomic>

#include "libs/testing/status_matchers.h"
#include "tests/unit/libs/http/server_fixture.h"

namespace portcullis::http {
namespace {

using portcullis::testing::StatusIs;
using portcullis::testing::WaitUntil;
using std::chrono::steady_clock;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

class DepartureTest : public ServerFixture {
 protected:
  // A handler that waits for its client to leave, after it has begun to stream if `streaming`.
  void StartWaiting(bool streaming) {
    Start([this, streaming](Request&, ResponseWriter& writer) -> awaitable<void> {
      writer.OnDeparture([this] {
        left_at_ = steady_clock::now();
        gate_->Open();
      });
      if (streaming) {
        (void)co_await writer.StartStream(200, {});
        (void)co_await writer.Write("begun");
      }
      working_ = true;
      co_await gate_->Wait();
      departed_ = writer.departed();
      if (streaming) after_ = co_await writer.Write("more");
      done_ = true;
    });
  }

  void WaitForWork() {
    ASSERT_TRUE(WaitUntil([this] { return working_.load(); }));
  }
  bool WaitForDeparture() {
    return WaitUntil([this] { return done_.load(); });
  }

  std::atomic<bool> working_ = false;
  std::atomic<bool> done_ = false;
  steady_clock::time_point left_at_;
  bool departed_ = false;
  absl::Status after_;
};

TEST_F(DepartureTest, IsSeenWhenTheClientCloses) {
  StartWaiting(false);
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.Close();
  ASSERT_TRUE(WaitForDeparture());
  EXPECT_TRUE(departed_);
  EXPECT_EQ(metrics_.Value("portcullis_http_client_departures_total"), 1);
  EXPECT_TRUE(WaitUntil([this] { return OnWorker([this] { return server_->OpenConnections(); }) == 0; }));
  EXPECT_TRUE(refusals_.entries().empty());  // the handler had the request: its record is the handler's
}

TEST_F(DepartureTest, IsSeenWhenTheClientClosesItsHalf) {
  StartWaiting(false);
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.CloseSending();
  EXPECT_TRUE(WaitForDeparture());
}

TEST_F(DepartureTest, IsSeenWhenTheClientResets) {
  StartWaiting(false);
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.Reset();
  EXPECT_TRUE(WaitForDeparture());
}

TEST_F(DepartureTest, IsSeenInTheMiddleOfAStream) {
  StartWaiting(true);
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.Close();
  ASSERT_TRUE(WaitForDeparture());
  EXPECT_THAT(after_, StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(DepartureTest, IsSeenBehindPipelinedRequests) {
  StartWaiting(false);
  RawClient client(port());
  client.Send(std::string(kGet) + std::string(kGet));
  WaitForWork();
  client.Close();
  EXPECT_TRUE(WaitForDeparture());
}

// More is pipelined than the server reads ahead: the end lies behind bytes that it has not read.
TEST_F(DepartureTest, IsSeenBehindAFullReadAhead) {
  StartWaiting(false);
  RawClient client(port());
  client.Send(std::string(kGet) + std::string(100 * 1024, 'x'));
  WaitForWork();
  client.CloseSending();
  EXPECT_TRUE(WaitForDeparture());
}

TEST_F(DepartureTest, IsSeenWhileAWriteIsBlocked) {
  std::promise<absl::Status> result;
  Start([&](Request&, ResponseWriter& writer) -> awaitable<void> {
    const std::string chunk(256 * 1024, 'x');
    absl::Status status = co_await writer.StartStream(200, {});
    working_ = true;
    while (status.ok()) status = co_await writer.Write(chunk);
    result.set_value(status);
  });
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.Close();
  EXPECT_THAT(result.get_future().get(), StatusIs(absl::StatusCode::kCancelled));
}

// The best of several, because the machine may be busy; the mechanism has no timer in it.
TEST_F(DepartureTest, IsSeenWithin50Milliseconds) {
  auto best = steady_clock::duration::max();
  for (int i = 0; i < 5; ++i) {
    working_ = done_ = false;
    if (server_ == nullptr) StartWaiting(true);
    OnWorker([this] { gate_ = std::make_unique<Gate>(worker_->io()); });
    RawClient client(port());
    client.Send(kGet);
    WaitForWork();
    const auto closed_at = steady_clock::now();
    client.Close();
    ASSERT_TRUE(WaitForDeparture());
    best = std::min(best, left_at_ - closed_at);
  }
  EXPECT_LT(best, std::chrono::milliseconds(50));
}

TEST_F(DepartureTest, LateCallbacksRunAtOnce) {
  std::atomic<int> calls = 0;
  Start([&](Request&, ResponseWriter& writer) -> awaitable<void> {
    writer.OnDeparture([&] {
      ++calls;
      gate_->Open();
    });
    working_ = true;
    co_await gate_->Wait();
    writer.OnDeparture([&] { ++calls; });
    done_ = true;
  });
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  client.Close();
  ASSERT_TRUE(WaitForDeparture());
  EXPECT_EQ(calls, 2);
}

TEST_F(DepartureTest, AHalfClosedClientStillGetsAWholeAnswer) {
  StartEcho();
  RawClient client(port());
  client.Send(kGet);
  client.CloseSending();
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_TRUE(client.AtEnd());
}

class DrainTest : public DepartureTest {
 protected:
  void StartGated() {
    Start([this](Request& request, ResponseWriter& writer) -> awaitable<void> {
      working_ = true;
      if (request.path == "/wait") co_await gate_->Wait();
      (void)co_await writer.Send({});
    });
  }
  size_t Open() {
    return OnWorker([this] { return server_->OpenConnections(); });
  }
};

TEST_F(DrainTest, FinishesWhatRunsAndClosesTheRest) {
  StartGated();
  RawClient idle(port()), busy(port()), reading(port());
  idle.Send(kGet);
  EXPECT_EQ(idle.Receive().status, 200);
  reading.Send("POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1");
  working_ = false;
  busy.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitForWork();
  EXPECT_EQ(OnWorker([this] { return server_->ActiveRequests(); }), 1u);
  OnWorker([this] { server_->Drain(); });
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_FALSE(RawClient::CanConnect(port()));
  reading.Send("2");
  EXPECT_EQ(reading.Receive().headers.GetOr("connection"), "close");
  OnWorker([this] { gate_->Open(); });
  const RawResponse response = busy.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.GetOr("connection"), "close");
  EXPECT_TRUE(busy.AtEnd());
  busy.Close();
  reading.Close();
  EXPECT_TRUE(WaitUntil([this] { return Open() == 0; }));
  EXPECT_EQ(OnWorker([this] { return server_->ActiveRequests(); }), 0u);
  EXPECT_EQ(metrics_.Value("portcullis_http_open_connections"), 0);
}

TEST_F(DrainTest, ServesARequestThatWasOnItsWayOnAKeptConnection) {
  StartGated();
  RawClient client(port());
  client.Send(kGet);
  EXPECT_EQ(client.Receive().headers.GetOr("connection"), "");
  OnWorker([this] { server_->Drain(); });
  client.Send(kGet);
  const RawResponse response = client.Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.GetOr("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(DrainTest, ServesConnectionsThatWaitInTheQueue) {
  StartGated();
  std::unique_ptr<RawClient> client;
  OnWorker([&] {  // the worker is busy here, so the connection waits to be accepted
    client = std::make_unique<RawClient>(port());
    client->Send(kGet);
    server_->Drain();
  });
  const RawResponse response = client->Receive();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.GetOr("connection"), "close");
}

TEST_F(DrainTest, DestroyingTheServerMakesClientsDepart) {
  StartWaiting(true);
  RawClient client(port());
  client.Send(kGet);
  WaitForWork();
  OnWorker([this] { server_.reset(); });
  ASSERT_TRUE(WaitForDeparture());
  EXPECT_THAT(after_, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_FALSE(client.Receive().complete);
}

TEST_F(DrainTest, TheWorkerMayStopInTheMiddle) {
  StartGated();
  RawClient client(port());
  client.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  WaitForWork();
  // The fixture stops the worker, then destroys the server and the suspended handler.
}

}  // namespace
}  // namespace portcullis::http
