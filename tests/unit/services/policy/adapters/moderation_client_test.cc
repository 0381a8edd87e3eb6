// The client of moderation services over real sockets.
#include "services/policy/adapters/moderation/moderation_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <future>
#include <list>
#include <optional>

#include "libs/base/strings.h"

namespace portcullis::policy {
namespace {

using boost::asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr char kClean[] = R"({"results":[{"category_scores":{"hate":0.1}}]})";

// Answers each request with what the test gives: status and body; nothing = silence. On the test's event
// loop.
class FakeService {
 public:
  struct Reply {
    int status = 200;
    std::string body = kClean;
  };

  explicit FakeService(boost::asio::io_context& io)
      : io_(io), acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    Accept();
  }

  std::string url() const {
    return base::StrCat("http://127.0.0.1:", acceptor_.local_endpoint().port(), "/v1/moderations");
  }

  std::function<std::optional<Reply>(const std::string& request)> reply = [](const std::string&) {
    return Reply();
  };
  std::vector<std::string> requests;

 private:
  struct Connection {
    explicit Connection(boost::asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    boost::asio::streambuf in;
    std::string out;
  };

  void Accept() {
    Connection& connection = connections_.emplace_back(io_);
    acceptor_.async_accept(connection.socket, [this, &connection](const boost::system::error_code& error) {
      if (error) return;
      Read(connection);
      Accept();
    });
  }

  // Bodies end with "}" and hold no other: good enough for what the client sends.
  void Read(Connection& connection) {
    boost::asio::async_read_until(connection.socket, connection.in, '}',
                                  [this, &connection](const boost::system::error_code& error, size_t) {
                                    if (!error) Answer(connection);
                                  });
  }

  void Answer(Connection& connection) {
    const auto data = connection.in.data();
    requests.emplace_back(boost::asio::buffers_begin(data), boost::asio::buffers_end(data));
    connection.in.consume(connection.in.size());
    const std::optional<Reply> answer = reply(requests.back());
    if (!answer) return;
    connection.out = base::StrCat("HTTP/1.1 ", answer->status, " X\r\ncontent-length: ", answer->body.size(),
                                  "\r\n\r\n", answer->body);
    boost::asio::async_write(connection.socket, boost::asio::buffer(connection.out),
                             [this, &connection](const boost::system::error_code& error, size_t) {
                               if (!error) Read(connection);
                             });
  }

  boost::asio::io_context& io_;
  tcp::acceptor acceptor_;
  std::list<Connection> connections_;
};

class Meter final : public ModerationMeter {
 public:
  void OnCall(ModerationProvider, ModerationOutcome outcome, base::Duration) override {
    const std::lock_guard lock(mutex);
    outcomes.emplace_back(kModerationOutcomeNames[static_cast<size_t>(outcome)]);
  }
  void OnCache(ModerationProvider, bool hit) override {
    const std::lock_guard lock(mutex);
    lookups.push_back(hit);
  }

  std::mutex mutex;
  std::vector<std::string> outcomes;
  std::vector<bool> lookups;
};

class ModerationClientTest : public ::testing::Test {
 protected:
  using Answers = std::vector<absl::StatusOr<TextScores>>;

  ModerationClientTest() { service_.endpoint = server_.url(); }

  ModerationQuestion Question(std::vector<std::string> texts) {
    ModerationQuestion question;
    question.service = std::make_shared<const ModerationService>(service_);
    question.texts = std::move(texts);
    question.deadline = clock_.Monotonic() + timeout_;
    question.abandoned = abandoned_;
    return question;
  }

  std::shared_ptr<std::optional<Answers>> Begin(std::vector<std::string> texts) {
    auto out = std::make_shared<std::optional<Answers>>();
    client_.Ask(Question(std::move(texts)), [out](Answers answers) { *out = std::move(answers); });
    return out;
  }

  void RunUntil(const std::function<bool()>& done) {
    const auto deadline = clock_.Monotonic() + std::chrono::seconds(20);
    while (!done() && clock_.Monotonic() < deadline) io_.run_one_for(std::chrono::milliseconds(100));
    ASSERT_TRUE(done());
  }

  Answers Ask(std::vector<std::string> texts) {
    const auto out = Begin(std::move(texts));
    RunUntil([&] { return out->has_value(); });
    return out->has_value() ? **out : Answers();
  }

  base::SystemClock clock_;
  boost::asio::io_context io_;
  FakeService server_{io_};
  Meter meter_;
  ModerationService service_;
  std::chrono::milliseconds timeout_{20'000};
  std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  ModerationClient client_{io_, clock_, meter_};
};

TEST_F(ModerationClientTest, AsksOnceAndRemembers) {
  server_.reply = [](const std::string&) {
    return FakeService::Reply{200,
                              R"({"results":[{"category_scores":{"hate":0.9}},{"category_scores":{}}]})"};
  };
  const Answers first = Ask({"one", "two"});
  ASSERT_TRUE(first.at(0).ok() && first.at(1).ok());
  EXPECT_EQ(first[0]->at(0).category, "hate");
  EXPECT_DOUBLE_EQ(first[0]->at(0).score, 0.9);
  EXPECT_TRUE(first[1]->empty());
  EXPECT_EQ(Ask({"two", "one"}).at(1)->at(0).category, "hate");
  EXPECT_EQ(server_.requests.size(), 1u);
  EXPECT_NE(server_.requests[0].find(R"("input":["one","two"])"), std::string::npos);
  EXPECT_THAT(meter_.outcomes, ElementsAre("ok"));
  EXPECT_THAT(meter_.lookups, ElementsAre(false, false, true, true));
}

TEST_F(ModerationClientTest, WithoutACacheItAsksAgain) {
  service_.cache_entries = 0;
  Ask({"one"});
  Ask({"one"});
  EXPECT_EQ(server_.requests.size(), 2u);
  EXPECT_TRUE(meter_.lookups.empty());
}

TEST_F(ModerationClientTest, FaultsAreToldApartAndNotRemembered) {
  server_.reply = [](const std::string&) { return FakeService::Reply{500, "{}"}; };
  EXPECT_TRUE(absl::IsUnavailable(Ask({"one"}).at(0).status()));
  server_.reply = [](const std::string&) { return FakeService::Reply{200, "{\"results\":[]}"}; };
  EXPECT_TRUE(absl::IsDataLoss(Ask({"one"}).at(0).status()));
  server_.reply = [](const std::string&) -> std::optional<FakeService::Reply> { return std::nullopt; };
  timeout_ = std::chrono::milliseconds(50);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Ask({"one"}).at(0).status()));
  EXPECT_THAT(meter_.outcomes, ElementsAre("unavailable", "malformed", "timeout"));
  EXPECT_THAT(meter_.lookups, ElementsAre(false, false, false));
}

TEST_F(ModerationClientTest, CallsWaitInABoundedQueue) {
  service_.max_in_flight = 1;
  service_.max_queued = 1;
  const auto first = Begin({"first"});
  const auto second = Begin({"second"});
  const auto third = Begin({"third"});
  ASSERT_TRUE(third->has_value());
  EXPECT_TRUE(absl::IsResourceExhausted((**third)[0].status()));
  RunUntil([&] { return first->has_value() && second->has_value(); });
  EXPECT_TRUE((**first)[0].ok() && (**second)[0].ok());
  EXPECT_EQ(server_.requests.size(), 2u);
  EXPECT_THAT(meter_.outcomes, UnorderedElementsAre("busy", "ok", "ok"));
}

TEST_F(ModerationClientTest, WhatNobodyWaitsForIsNotAsked) {
  service_.max_in_flight = 1;
  const auto first = Begin({"first"});
  const auto second = Begin({"second"});
  *abandoned_ = true;
  RunUntil([&] { return second->has_value(); });
  EXPECT_EQ(server_.requests.size(), 1u);
}

TEST_F(ModerationClientTest, OneTextPerCallWhereTheServiceTakesOne) {
  service_.provider = ModerationProvider::kPresidio;
  server_.reply = [](const std::string&) {
    return FakeService::Reply{200, R"([{"entity_type":"A","score":1}])"};
  };
  EXPECT_EQ(Ask({"one", "two"}).at(1)->at(0).category, "A");
  EXPECT_EQ(server_.requests.size(), 2u);
}

TEST(ModerationThreadTest, AnswersFromItsOwnThread) {
  base::SystemClock clock;
  Meter meter;
  ModerationThread port(clock, meter);
  ModerationQuestion question;
  ModerationService service;
  service.endpoint = "http://127.0.0.1:1/";
  question.service = std::make_shared<const ModerationService>(service);
  question.texts = {"text"};
  question.abandoned = std::make_shared<std::atomic<bool>>(false);
  std::promise<absl::Status> promise;
  port.Ask(std::move(question), [&](std::vector<absl::StatusOr<TextScores>> answers) {
    promise.set_value(answers.at(0).status());
  });
  auto future = promise.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_TRUE(absl::IsUnavailable(future.get()));
}

}  // namespace
}  // namespace portcullis::policy
