#include "libs/curl/http_client.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <thread>

#include "libs/base/strings.h"

namespace portcullis::curl {
namespace {

using boost::asio::ip::tcp;

// A server for one connection that answers with given bytes, on the test's own event loop.
class OneAnswer {
 public:
  OneAnswer(boost::asio::io_context& io, std::string answer)
      : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}), socket_(io), answer_(std::move(answer)) {
    acceptor_.async_accept(socket_, [this](const boost::system::error_code& error) {
      if (error) return;
      boost::asio::async_read_until(socket_, seen_, "}", [this](const boost::system::error_code&, size_t) {
        if (answer_.empty()) return;
        boost::asio::async_write(socket_, boost::asio::buffer(answer_),
                                 [this](const boost::system::error_code&, size_t) { socket_.close(); });
      });
    });
  }

  std::string url() const {
    return base::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), "/secret-path");
  }
  std::string seen() const {
    return {boost::asio::buffers_begin(seen_.data()), boost::asio::buffers_end(seen_.data())};
  }

 private:
  tcp::acceptor acceptor_;
  tcp::socket socket_;
  boost::asio::streambuf seen_;
  const std::string answer_;
};

class HttpClientTest : public ::testing::Test {
 protected:
  absl::StatusOr<HttpAnswer> Ask(HttpRequest request) {
    std::optional<absl::StatusOr<HttpAnswer>> result;
    HttpClient client(io_, clock_);
    client.Start(std::move(request), [&](absl::StatusOr<HttpAnswer> answer) { result = std::move(answer); });
    const auto deadline = clock_.Monotonic() + std::chrono::seconds(20);
    while (!result && clock_.Monotonic() < deadline) io_.run_one_for(std::chrono::seconds(1));
    return result ? *std::move(result) : absl::UnknownError("no callback");
  }

  base::SystemClock clock_;
  boost::asio::io_context io_;
};

TEST_F(HttpClientTest, GivesStatusAndBody) {
  OneAnswer server(io_, "HTTP/1.1 429 Slow Down\r\ncontent-length: 4\r\n\r\nwait");
  HttpRequest request;
  request.url = server.url();
  request.body = R"({"a":1})";
  request.headers = {"Authorization: Bearer k"};
  const auto answer = Ask(std::move(request));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->http_status, 429);
  EXPECT_EQ(answer->body, "wait");
  EXPECT_NE(server.seen().find("POST /secret-path HTTP/1.1"), std::string::npos);
  EXPECT_NE(server.seen().find("Authorization: Bearer k"), std::string::npos);
  EXPECT_NE(server.seen().find("Content-Type: application/json"), std::string::npos);
}

TEST_F(HttpClientTest, PutsABodyAndGivesTheEtag) {
  OneAnswer server(io_, "HTTP/1.1 200 OK\r\netag:  \"a1\" \r\ncontent-length: 0\r\n\r\n");
  HttpRequest request;
  request.method = HttpMethod::kPut;
  request.url = server.url();
  request.body = R"({"a":1})";
  const auto answer = Ask(std::move(request));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->etag, "\"a1\"");
  EXPECT_NE(server.seen().find("PUT /secret-path HTTP/1.1"), std::string::npos);
  EXPECT_NE(server.seen().find("Content-Length: 7"), std::string::npos);
}

TEST_F(HttpClientTest, SaysWhatWentWrongWithoutThePath) {
  OneAnswer silent(io_, "");
  HttpRequest slow;
  slow.url = silent.url();
  slow.body = "{}";
  slow.timeout = std::chrono::milliseconds(50);
  const auto late = Ask(std::move(slow));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
  EXPECT_EQ(base::Message(late.status()).find("secret-path"), std::string_view::npos);

  HttpRequest nobody;
  nobody.url = "http://127.0.0.1:1/secret-path";
  EXPECT_TRUE(absl::IsUnavailable(Ask(std::move(nobody)).status()));
}

TEST_F(HttpClientTest, AnswersHaveALimit) {
  OneAnswer server(io_, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789");
  HttpRequest request;
  request.url = server.url();
  request.body = "{}";
  request.max_answer_bytes = 9;
  EXPECT_TRUE(absl::IsResourceExhausted(Ask(std::move(request)).status()));
}

TEST_F(HttpClientTest, WhatIsUnderWayIsDropped) {
  OneAnswer silent(io_, "");
  bool called = false;
  {
    HttpClient client(io_, clock_);
    HttpRequest request;
    request.url = silent.url();
    request.body = "{}";
    client.Start(std::move(request), [&](absl::StatusOr<HttpAnswer>) { called = true; });
    io_.run_for(std::chrono::milliseconds(20));
  }
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(called);
}

TEST_F(HttpClientTest, PerformWaitsForTheAnswer) {
  OneAnswer server(io_,
                   "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:01:40 GMT\r\ncontent-length: 2\r\n\r\nok");
  std::thread serving([this] { io_.run(); });
  HttpRequest request;
  request.url = server.url();
  request.body = R"({"a":1})";
  const auto answer = Perform(std::move(request));
  serving.join();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->http_status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->date, base::SystemTime(std::chrono::seconds(100)));

  HttpRequest nobody;
  nobody.method = HttpMethod::kGet;
  nobody.url = "http://127.0.0.1:1/secret-path";
  const absl::Status refused = Perform(std::move(nobody)).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_EQ(base::Message(refused).find("secret-path"), std::string_view::npos);
}

TEST_F(HttpClientTest, AGetHasNoBody) {
  OneAnswer server(io_, "HTTP/1.1 204 No Content\r\n\r\n");
  HttpRequest request;
  request.method = HttpMethod::kGet;
  request.url = server.url();
  request.headers = {"X-End: }"};  // what the server reads until
  const auto answer = Ask(std::move(request));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->http_status, 204);
  EXPECT_EQ(server.seen().rfind("GET /secret-path HTTP/1.1", 0), 0u);
  EXPECT_EQ(server.seen().find("Content-Type"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::curl
