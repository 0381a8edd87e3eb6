// Requests and answers on well-behaved connections.
#include "libs/http/server.h"

#include <atomic>
#include <thread>

#include "libs/testing/status_matchers.h"
#include "tests/unit/libs/http/server_fixture.h"

namespace portcullis::http {
namespace {

using portcullis::testing::IsOk;
using portcullis::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(ServerFixture, KeepsTheConnectionForTheNextRequest) {
  StartEcho();
  RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    client.Send("POST /v1/x?y=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    const RawResponse response = client.Receive();
    EXPECT_EQ(response.status_line, "HTTP/1.1 200 OK");
    EXPECT_EQ(response.body, "POST|hello");
    EXPECT_EQ(response.headers.GetOr("x-path"), "/v1/x");
    EXPECT_EQ(response.headers.GetOr("content-length"), "10");
    EXPECT_EQ(response.headers.GetOr("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_FALSE(response.headers.Contains("connection"));
  }
  EXPECT_EQ(metrics_.Value("portcullis_http_connections_total"), 1);
  EXPECT_EQ(metrics_.Value("portcullis_http_open_connections"), 1);
}

TEST_F(ServerFixture, AnswersPipelinedRequestsInOrder) {
  StartEcho();
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  client.Send(requests);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.Receive().headers.GetOr("x-path"), "/" + std::to_string(i));
}

TEST_F(ServerFixture, SkipsEmptyLinesBeforeARequest) {
  StartEcho();
  RawClient client(port());
  client.Send("\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST_F(ServerFixture, HandsTheRequestOverWhole) {
  Request seen;
  size_t capacity = 0;
  Start([&](Request& request, ResponseWriter& writer) -> awaitable<void> {
    capacity = request.body.capacity();
    seen = request;
    (void)co_await writer.Send({});
  });
  RawClient client(port());
  client.Send(
      "PUT http://host:1/p/q?a=b&c HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: "
      "3\r\n\r\nabc");
  ASSERT_EQ(client.Receive().status, 200);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "http://host:1/p/q?a=b&c");
  EXPECT_EQ(seen.path, "/p/q");
  EXPECT_EQ(seen.query, "a=b&c");
  EXPECT_EQ(seen.remote_address, "127.0.0.1");
  EXPECT_EQ(seen.headers.GetOr("X-ONE"), "1");
  EXPECT_EQ(seen.headers.Count("x-one"), 2u);
  EXPECT_EQ(seen.body, "abc");
  EXPECT_GE(capacity, 3 + Request::kBodyPadding);
}

TEST_F(ServerFixture, ReadsAChunkedBodyAndDropsItsTrailers) {
  Headers headers;
  Start([&](Request& request, ResponseWriter& writer) -> awaitable<void> {
    headers = request.headers;
    Response response;
    response.body = request.body;
    (void)co_await writer.Send(std::move(response));
  });
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char* part : {"5\r\nhel", "lo\r", "\n6;x=y\r\n world\r\n0\r\nX-Trailer: t", "\r\n\r\n"})
    client.Send(part);
  EXPECT_EQ(client.Receive().body, "hello world");
  EXPECT_FALSE(headers.Contains("x-trailer"));
}

TEST_F(ServerFixture, ReadsALargeBody) {
  Start([&](Request& request, ResponseWriter& writer) -> awaitable<void> {
    Response response;
    response.body = std::move(request.body);
    (void)co_await writer.Send(std::move(response));
  });
  std::string body(5 * 1024 * 1024, 'x');
  for (size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
  EXPECT_TRUE(client.Receive().body == body);
}

TEST_F(ServerFixture, SendsContinueWhenAsked) {
  StartEcho();
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.Receive().status_line, "HTTP/1.1 100 Continue");
  client.Send("ok");
  EXPECT_EQ(client.Receive().body, "POST|ok");
}

TEST_F(ServerFixture, AnswersHeadWithoutBody) {
  StartEcho();
  RawClient client(port());
  client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.Receive(/*head=*/true).headers.GetOr("content-length"), "5");
  client.Send(kGet);
  EXPECT_EQ(client.Receive().body, "GET|");
}

TEST_F(ServerFixture, ServesHttp10) {
  StartEcho();
  RawClient client(port());
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.Receive().headers.GetOr("connection"), "keep-alive");
  client.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.Receive().headers.GetOr("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ServerFixture, ClosesWhenAsked) {
  StartEcho();
  RawClient client(port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.Receive().headers.GetOr("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(ServerFixture, IgnoresUpgrades) {
  StartEcho();
  RawClient client(port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 200);
}

awaitable<void> ThreePieces(Request&, ResponseWriter& writer) {
  Headers headers{{"content-type", "text/event-stream"}, {"content-length", "7"}, {"x-bad", "a\r\nevil: 1"}};
  EXPECT_THAT(co_await writer.StartStream(200, std::move(headers)), IsOk());
  EXPECT_THAT(co_await writer.Write("one "), IsOk());
  EXPECT_THAT(co_await writer.Write(""), IsOk());
  EXPECT_THAT(co_await writer.Write("two "), IsOk());
  EXPECT_THAT(co_await writer.End("three"), IsOk());
  EXPECT_THAT(co_await writer.End(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(co_await writer.Send({}), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(ServerFixture, StreamsInChunksAndGoesOn) {
  Start(ThreePieces);
  RawClient client(port());
  for (int i = 0; i < 2; ++i) {
    client.Send(kGet);
    const RawResponse response = client.Receive();
    EXPECT_EQ(response.body, "one two three");
    EXPECT_TRUE(response.complete);
    EXPECT_FALSE(response.headers.Contains("content-length"));
    EXPECT_EQ(response.headers.GetOr("x-bad"), "a  evil: 1");
  }
}

TEST_F(ServerFixture, StreamsToHttp10UntilTheEnd) {
  Start(ThreePieces);
  RawClient client(port());
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const RawResponse response = client.Receive();
  EXPECT_EQ(response.headers.GetOr("connection"), "close");
  EXPECT_EQ(response.body, "one two three");
  EXPECT_TRUE(response.complete);
}

TEST_F(ServerFixture, StreamsNothingToHead) {
  Start(ThreePieces);
  RawClient client(port());
  client.Send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.Receive(/*head=*/true).status, 200);
  EXPECT_EQ(client.Receive(/*head=*/true).status, 200);
}

TEST_F(ServerFixture, SendsTheHeadWithTheFirstChunkAndEachChunkAtOnce) {
  Start([this](Request&, ResponseWriter& writer) -> awaitable<void> {
    EXPECT_THAT(co_await writer.StartStream(200, {}), IsOk());
    EXPECT_TRUE(writer.started());
    EXPECT_THAT(co_await writer.Write("first"), IsOk());
    co_await gate_->Wait();
    EXPECT_THAT(co_await writer.End(), IsOk());
  });
  RawClient client(port());
  client.Send(kGet);
  std::string got;
  while (got.find("first\r\n") == std::string::npos) {
    const std::string some = client.ReceiveSome();
    ASSERT_NE(some, "");
    got += some;
  }
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  OnWorker([this] { gate_->Open(); });
  EXPECT_EQ(client.ReceiveSome(), "0\r\n\r\n");
}

TEST_F(ServerFixture, SendsNoBodyWith204) {
  Start([](Request&, ResponseWriter& writer) -> awaitable<void> {
    Response response{204, {}, "must not be sent"};
    (void)co_await writer.Send(std::move(response));
  });
  RawClient client(port());
  client.Send(std::string(kGet) + std::string(kGet));
  EXPECT_FALSE(client.Receive().headers.Contains("content-length"));
  EXPECT_EQ(client.Receive().status, 204);
}

TEST_F(ServerFixture, StreamsToManyClientsAtTheSameTime) {
  constexpr int kClients = 40, kChunks = 100;
  Start([](Request& request, ResponseWriter& writer) -> awaitable<void> {
    EXPECT_THAT(co_await writer.StartStream(200, {}), IsOk());
    for (int i = 0; i < kChunks; ++i) {
      EXPECT_THAT(co_await writer.Write(request.path), IsOk());
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }
    EXPECT_THAT(co_await writer.End(), IsOk());
  });
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->Send("GET /" + std::to_string(1000 + i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (int i = 0; i < kClients; ++i) {
    const RawResponse response = clients[i]->Receive();
    std::string expected;
    for (int k = 0; k < kChunks; ++k) expected += "/" + std::to_string(1000 + i);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body, expected);
  }
}

TEST_F(ServerFixture, WorkersShareThePort) {
  StartEcho();
  runtime::Worker second(1);
  const auto other = Server::Listen(second, server_->addresses(), {}, Dependencies());
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ((*other)->port(), port());
  second.Start();
  const auto on_both = [&] {
    RawClient client(port());
    client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(client.Receive().status, 200);
    return OnWorker([this] { return server_->OpenConnections(); }) == 0;
  };
  EXPECT_TRUE(portcullis::testing::WaitUntil(on_both));
  second.Stop();
  second.Join();
}

TEST_F(ServerFixture, SaysThatThePortIsTaken) {
  StartEcho();
  runtime::Worker other(1);
  ServerOptions options;
  options.exclusive = true;
  EXPECT_THAT(Server::Listen(other, {{"127.0.0.1", port()}}, options, Dependencies()),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("port " + std::to_string(port()))));
  EXPECT_THAT(Server::Listen(other, {{"localhost", 0}}, options, Dependencies()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'localhost' is not an IP address")));
}

}  // namespace
}  // namespace portcullis::http
