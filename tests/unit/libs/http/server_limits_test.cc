// What the server turns away or ends by itself.
#include "libs/testing/status_matchers.h"
#include "tests/unit/libs/http/server_fixture.h"

namespace portcullis::http {
namespace {

using portcullis::testing::StatusIs;
using portcullis::testing::WaitUntil;
using std::chrono::milliseconds;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

struct BadRequest {
  const char* name;
  std::string bytes;
  int status;
  const char* code;
};

class RefusesTest : public ServerFixture, public ::testing::WithParamInterface<BadRequest> {};

// The answer is typed, comes whole, says `connection: close`, and was reported once.
TEST_P(RefusesTest, WithATypedAnswerAndARecord) {
  ServerOptions options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 1000;
  StartEcho(options);
  RawClient client(port());
  client.Send(GetParam().bytes);
  const RawResponse response = client.Receive();
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_EQ(response.body, GetParam().code);
  EXPECT_EQ(response.headers.GetOr("x-refused"), "yes");
  EXPECT_EQ(response.headers.GetOr("connection"), "close");
  EXPECT_TRUE(client.AtEnd());
  const auto refusals = refusals_.entries();
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].status, GetParam().status);
  EXPECT_EQ(refusals[0].remote_address, "127.0.0.1");
  EXPECT_TRUE(refusals[0].answerable);
  EXPECT_EQ(metrics_.Value("portcullis_http_refused_total", {{"status", std::to_string(GetParam().status)}}),
            1);
}

INSTANTIATE_TEST_SUITE_P(
    Server, RefusesTest,
    ::testing::Values(
        BadRequest{"Garbage", "\x16\x03\x01\x02garbage\r\n\r\n", 400, "malformed_request"},
        BadRequest{"BareLineFeed", "GET / HTTP/1.1\nHost: h\n\n", 505, "unsupported_version"},
        BadRequest{"SpaceInFieldName", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400, "malformed_request"},
        BadRequest{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported_version"},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400, "bad_host"},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_host"},
        BadRequest{"LongTarget", "GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431,
                   "header_too_large"},
        BadRequest{"LongField", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", 431,
                   "header_too_large"},
        BadRequest{"LongBody",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'), 413,
                   "body_too_large"},
        BadRequest{"LongChunks",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n258\r\n" +
                       std::string(600, 'x') + "\r\n258\r\n" + std::string(600, 'x') + "\r\n0\r\n\r\n",
                   413, "body_too_large"},
        BadRequest{"BadChunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
                   "malformed_request"},
        BadRequest{"BadLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400,
                   "malformed_request"},
        BadRequest{"TwoLengths",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400,
                   "malformed_request"},
        BadRequest{
            "LengthAndChunked",
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400, "malformed_request"},
        BadRequest{"OtherCoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                   501, "unsupported_transfer_coding"},
        BadRequest{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501,
                   "unsupported_transfer_coding"},
        BadRequest{"OtherExpectation",
                   "POST / HTTP/1.1\r\nHost: h\r\nExpect: coffee\r\nContent-Length: 1\r\n\r\n", 417,
                   "unsupported_expectation"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ServerFixture, CountsHeaderBytesThatComeLineByLine) {
  ServerOptions options;
  options.max_header_bytes = 1024;
  StartEcho(options);
  RawClient client(port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 1000 && !client.Readable(milliseconds(0)); ++i) client.Send("X-Line: 0123456789\r\n");
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(ServerFixture, RefusesTooManyFields) {
  StartEcho();
  RawClient client(port());
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 300; ++i) request += "a: b\r\n";
  client.Send(request + "\r\n");
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(ServerFixture, RefusesATrailerWithoutEnd) {
  ServerOptions options;
  options.max_header_bytes = 1024;
  StartEcho(options);
  RawClient client(port());
  client.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  for (int i = 0; i < 1000 && !client.Readable(milliseconds(0)); ++i) client.Send("X-Line: 0123456789\r\n");
  EXPECT_EQ(client.Receive().status, 431);
}

TEST_F(ServerFixture, LetsAClientThatStillSendsReadItsRefusal) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  StartEcho(options);
  RawClient client(port());
  const std::string body(4 * 1024 * 1024, 'x');
  client.Send("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
  EXPECT_EQ(client.Receive().status, 413);
  ASSERT_TRUE(WaitForRefusals(1));
  EXPECT_EQ(refusals_.entries()[0].path, "/big");
  EXPECT_EQ(refusals_.entries()[0].method, "POST");
}

ServerOptions Impatient() {
  ServerOptions options;
  options.read_timeout = milliseconds(40);
  options.idle_timeout = milliseconds(40);
  options.write_timeout = milliseconds(40);
  options.linger_timeout = milliseconds(40);
  return options;
}

TEST_F(ServerFixture, EndsARequestWhoseHeaderDripsIn) {
  StartEcho(Impatient());
  RawClient client(port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  while (!client.Readable(milliseconds(2))) client.Send("x");
  EXPECT_EQ(client.Receive().status, 408);
  EXPECT_EQ(refusals_.entries()[0].code, "request_timeout");
}

TEST_F(ServerFixture, EndsARequestWhoseBodyDripsIn) {
  StartEcho(Impatient());
  RawClient client(port());
  client.Send("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  while (!client.Readable(milliseconds(2))) client.Send("x");
  EXPECT_EQ(client.Receive().status, 408);
  EXPECT_EQ(refusals_.entries()[0].path, "/slow");
}

TEST_F(ServerFixture, ClosesAnIdleConnectionSilently) {
  StartEcho(Impatient());
  RawClient fresh(port());
  EXPECT_TRUE(fresh.AtEnd());
  RawClient used(port());
  used.Send(kGet);
  EXPECT_EQ(used.Receive().status, 200);
  EXPECT_TRUE(used.AtEnd());
  EXPECT_TRUE(refusals_.entries().empty());
}

TEST_F(ServerFixture, GivesUpALingeringClient) {
  StartEcho(Impatient());
  RawClient client(port());
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 200);
  EXPECT_TRUE(WaitUntil([this] { return OnWorker([this] { return server_->OpenConnections(); }) == 0; }));
}

TEST_F(ServerFixture, AClientThatDoesNotReadIsGivenUp) {
  std::promise<absl::Status> result;
  std::atomic<bool> told = false;
  Start(
      [&](Request&, ResponseWriter& writer) -> awaitable<void> {
        writer.OnDeparture([&] { told = true; });
        const std::string chunk(256 * 1024, 'x');
        absl::Status status = co_await writer.StartStream(200, {});
        while (status.ok()) status = co_await writer.Write(chunk);
        result.set_value(status);
      },
      Impatient());
  RawClient client(port());
  client.Send(kGet);
  EXPECT_THAT(result.get_future().get(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(told);
  EXPECT_EQ(metrics_.Value("portcullis_http_write_stalls_total"), 1);
}

// Each piece that is read starts the time-out anew: the whole answer takes longer than one.
TEST_F(ServerFixture, ASlowReaderThatReadsIsNotGivenUp) {
  const std::string body(48 * 1024 * 1024, 'x');
  ServerOptions options;
  options.write_timeout = milliseconds(600);
  Start(
      [&](Request&, ResponseWriter& writer) -> awaitable<void> {
        Response response;
        response.body = body;
        EXPECT_TRUE((co_await writer.Send(std::move(response))).ok());
      },
      options);
  RawClient client(port());
  client.Send(kGet);
  const auto until = std::chrono::steady_clock::now() + 2 * options.write_timeout;
  size_t received = 0;
  const auto receive = [&](size_t piece) {
    for (const size_t goal = received + piece; received < goal;) {
      const std::string some = client.ReceiveSome();
      if (some.empty()) return false;
      received += some.size();
    }
    return true;
  };
  while (std::chrono::steady_clock::now() < until) {
    ASSERT_TRUE(receive(body.size() / 60)) << "given up after " << received;
    WaitUntil([] { return false; }, options.write_timeout / 24);
  }
  EXPECT_LT(received, body.size());
  while (received < body.size()) ASSERT_TRUE(receive(1)) << "given up after " << received;
}

TEST_F(ServerFixture, TellsConnectionsBeyondTheLimit) {
  ServerOptions options;
  options.max_connections = 2;
  StartEcho(options);
  RawClient first(port()), second(port());
  for (RawClient* client : {&first, &second}) {
    client->Send(kGet);
    ASSERT_EQ(client->Receive().status, 200);
  }
  RawClient third(port());
  third.Send(kGet);
  EXPECT_EQ(third.Receive().status, 503);
  EXPECT_TRUE(third.AtEnd());
  EXPECT_EQ(refusals_.entries()[0].code, "too_many_connections");
  EXPECT_EQ(refusals_.entries()[0].path, "/a");
  third.Close();
  first.Close();
  const auto served = [this] {
    RawClient again(port());
    again.Send(kGet);
    return again.Receive().status == 200;
  };
  EXPECT_TRUE(WaitUntil(served));
}

TEST_F(ServerFixture, DropsAFloodBeyondTheLimit) {
  ServerOptions options;
  options.max_connections = 1;
  StartEcho(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<RawClient>(port()));
  EXPECT_TRUE(clients.back()->AtEnd());
  ASSERT_TRUE(WaitForRefusals(1));
  EXPECT_FALSE(refusals_.entries()[0].answerable);
}

TEST_F(ServerFixture, ReportsARequestThatIsLeftHalfway) {
  StartEcho();
  RawClient client(port());
  client.Send("POST /half HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nxxx");
  client.Close();
  ASSERT_TRUE(WaitForRefusals(1));
  EXPECT_EQ(refusals_.entries()[0].status, 499);
  EXPECT_EQ(refusals_.entries()[0].path, "/half");
  EXPECT_FALSE(refusals_.entries()[0].answerable);
}

TEST_F(ServerFixture, AHandlerThatThrowsBecomesA500) {
  Start([](Request& request, ResponseWriter&) -> awaitable<void> {
    if (request.path == "/throw") throw std::runtime_error("secret detail");
    co_return;
  });
  for (const char* path : {"/throw", "/silent"}) {
    RawClient client(port());
    client.Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const RawResponse response = client.Receive();
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(response.body, "internal_error");
  }
}

TEST_F(ServerFixture, AStreamWithoutEndIsSeenToBeCut) {
  Start([](Request&, ResponseWriter& writer) -> awaitable<void> {
    (void)co_await writer.StartStream(200, {});
    (void)co_await writer.Write("partial");
  });
  RawClient client(port());
  client.Send(kGet);
  const RawResponse response = client.Receive();
  EXPECT_EQ(response.body, "partial");
  EXPECT_FALSE(response.complete);
  EXPECT_TRUE(refusals_.entries().empty());
}

TEST_F(ServerFixture, BoundsWhatItReadsAhead) {
  Start([this](Request&, ResponseWriter& writer) -> awaitable<void> {
    co_await gate_->Wait();
    (void)co_await writer.Send({});
  });
  RawClient client(port());
  client.Send(kGet);
  constexpr size_t kLimit = 64 * 1024 * 1024;  // far beyond what the system's own buffers hold
  const std::string pattern(64 * 1024, 'x');
  EXPECT_LT(client.SendUntilBlocked(pattern, kLimit, milliseconds(200)), kLimit);
}

}  // namespace
}  // namespace portcullis::http
