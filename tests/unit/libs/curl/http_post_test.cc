#include "libs/curl/http_post.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <optional>

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

class HttpPostTest : public ::testing::Test {
 protected:
  absl::StatusOr<PostAnswer> Post(PostRequest request) {
    std::optional<absl::StatusOr<PostAnswer>> result;
    HttpPoster poster(io_, clock_);
    poster.Start(std::move(request), [&](absl::StatusOr<PostAnswer> answer) { result = std::move(answer); });
    const auto deadline = clock_.Monotonic() + std::chrono::seconds(20);
    while (!result && clock_.Monotonic() < deadline) io_.run_one_for(std::chrono::seconds(1));
    return result ? *std::move(result) : absl::UnknownError("no callback");
  }

  base::SystemClock clock_;
  boost::asio::io_context io_;
};

TEST_F(HttpPostTest, GivesStatusAndBody) {
  OneAnswer server(io_, "HTTP/1.1 429 Slow Down\r\ncontent-length: 4\r\n\r\nwait");
  PostRequest request;
  request.url = server.url();
  request.body = R"({"a":1})";
  request.headers = {"Authorization: Bearer k"};
  const auto answer = Post(std::move(request));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->http_status, 429);
  EXPECT_EQ(answer->body, "wait");
  EXPECT_NE(server.seen().find("POST /secret-path HTTP/1.1"), std::string::npos);
  EXPECT_NE(server.seen().find("Authorization: Bearer k"), std::string::npos);
  EXPECT_NE(server.seen().find("Content-Type: application/json"), std::string::npos);
}

TEST_F(HttpPostTest, SaysWhatWentWrongWithoutThePath) {
  OneAnswer silent(io_, "");
  PostRequest slow;
  slow.url = silent.url();
  slow.body = "{}";
  slow.timeout = std::chrono::milliseconds(50);
  const auto late = Post(std::move(slow));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status())) << late.status();
  EXPECT_EQ(base::Message(late.status()).find("secret-path"), std::string_view::npos);

  PostRequest nobody;
  nobody.url = "http://127.0.0.1:1/secret-path";
  EXPECT_TRUE(absl::IsUnavailable(Post(std::move(nobody)).status()));
}

TEST_F(HttpPostTest, AnswersHaveALimit) {
  OneAnswer server(io_, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789");
  PostRequest request;
  request.url = server.url();
  request.body = "{}";
  request.max_answer_bytes = 9;
  EXPECT_TRUE(absl::IsResourceExhausted(Post(std::move(request)).status()));
}

TEST_F(HttpPostTest, WhatIsUnderWayIsDropped) {
  OneAnswer silent(io_, "");
  bool called = false;
  {
    HttpPoster poster(io_, clock_);
    PostRequest request;
    request.url = silent.url();
    request.body = "{}";
    poster.Start(std::move(request), [&](absl::StatusOr<PostAnswer>) { called = true; });
    io_.run_for(std::chrono::milliseconds(20));
  }
  io_.run_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace portcullis::curl
