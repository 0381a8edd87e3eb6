#include "apps/sim/simulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "apps/sim/connection.h"
#include "tests/unit/apps/sim/client.h"

namespace portcullis::sim {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SimulatorTest : public ::testing::Test {
 protected:
  void StartWith(SimulatorOptions options) {
    auto simulator = Simulator::Start(std::move(options));
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
  }
  void SetUp() override { StartWith({}); }

  Client Connect() { return Client(simulator_->port()); }
  Response Post(std::string_view path, std::string_view body, const Headers& headers = {}) {
    return Connect().Post(path, body, headers);
  }

  std::unique_ptr<Simulator> simulator_;
};

TEST_F(SimulatorTest, AnswersAChatCallInMistralsShape) {
  const Response response = Post("/v1/chat/completions", Chat("two words"));
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(ContentOf(response), "You wrote: two words");
  const json::object body = response.Json().as_object();
  EXPECT_EQ(body.at("object"), "chat.completion");
  EXPECT_EQ(body.at("model"), "sim-test");
  EXPECT_EQ(body.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(body.at("usage").at("prompt_tokens"), 5);
  EXPECT_EQ(body.at("usage").at("completion_tokens"), 4);
  EXPECT_EQ(body.at("usage").at("total_tokens"), 9);
}

TEST_F(SimulatorTest, KeepsAConnectionAliveAndAnswersPipelinedRequestsInOrder) {
  Client client = Connect();
  client.Send("POST", "/v1/chat/completions", Chat("say: first"));
  EXPECT_EQ(ContentOf(client.Read()), "first");
  EXPECT_EQ(ContentOf(client.Post("/v1/chat/completions", Chat("say: second"))), "second");
  client.Send("POST", "/v1/chat/completions", Chat("fault: delay=20\nsay: third"));
  client.Send("POST", "/v1/chat/completions", Chat("say: fourth"));
  EXPECT_EQ(ContentOf(client.Read()), "third");
  EXPECT_EQ(ContentOf(client.Read()), "fourth");
  EXPECT_EQ(simulator_->stats().requests, 4U);
}

TEST_F(SimulatorTest, ClosesWhenTheClientAsks) {
  Client client = Connect();
  EXPECT_EQ(client.Post("/v1/chat/completions", Chat("hi"), {{"Connection", "close"}}).headers["connection"],
            "close");
  EXPECT_TRUE(client.Read().closed);
}

TEST_F(SimulatorTest, ServesBothDialectsByPath) {
  const std::string bad = Chat("hi", R"("temperature":9)");
  EXPECT_EQ(Post("/v1/chat/completions", bad).status, 422);
  EXPECT_EQ(Post("/mistral/v1/chat/completions", bad).status, 422);
  const Response openai = Post("/openai/v1/chat/completions", bad);
  EXPECT_EQ(openai.status, 400);
  EXPECT_EQ(openai.Json().at("error").at("param"), "temperature");
}

TEST_F(SimulatorTest, RefusesKeys) {
  EXPECT_EQ(Post("/v1/chat/completions", Chat("hi"), {{"Authorization", "Basic x"}}).status, 401);
  EXPECT_EQ(Post("/v1/chat/completions", Chat("hi"), {{"Authorization", "Bearer "}}).status, 401);
  StartWith({.accepted_keys = {"good", "better"}});
  EXPECT_EQ(Post("/v1/chat/completions", Chat("hi"), {{"Authorization", "Bearer better"}}).status, 200);
  const Response mistral = Post("/v1/chat/completions", Chat("hi"), {{"Authorization", "Bearer bad"}});
  EXPECT_EQ(mistral.status, 401);
  EXPECT_EQ(mistral.body, R"({"detail":"Unauthorized"})");
  const Response openai = Post("/openai/v1/embeddings", "{}", {{"Authorization", "Bearer bad"}});
  EXPECT_EQ(openai.status, 401);
  EXPECT_EQ(openai.Json().at("error").at("code"), "invalid_api_key");
  EXPECT_EQ(Connect().Get("/v1/models", {{"Authorization", "Bearer bad"}}).status, 401);
}

TEST_F(SimulatorTest, RefusesUnknownModels) {
  const Response mistral = Post("/v1/chat/completions", Chat("hi", "", "gpt-4o"));
  EXPECT_EQ(mistral.status, 400);
  EXPECT_EQ(mistral.Json().at("type"), "invalid_model");
  EXPECT_EQ(mistral.Json().at("message"), "Invalid model: gpt-4o");
  EXPECT_EQ(Post("/openai/v1/chat/completions", Chat("hi", "", "gpt-4o")).status, 200);
  const Response openai = Post("/openai/v1/chat/completions", Chat("hi", "", "gpt-0"));
  EXPECT_EQ(openai.status, 404);
  EXPECT_EQ(openai.Json().at("error").at("code"), "model_not_found");
}

TEST_F(SimulatorTest, ListsModelsAsTheClientsNeedThem) {
  const json::value list = Connect().Get("/v1/models").Json();
  std::vector<std::string> ids;
  for (const json::value& model : list.at("data").as_array()) {
    ids.emplace_back(model.at("id").as_string());
    EXPECT_EQ(model.at("type"), "base");
    EXPECT_TRUE(model.at("capabilities").at("completion_chat").is_bool());
  }
  EXPECT_THAT(ids, ::testing::IsSupersetOf({"mistral-large-latest", "mistral-medium-latest",
                                            "mistral-small-latest", "open-mixtral-8x22b", "codestral-latest",
                                            "ministral-8b-latest", "pixtral-large-latest"}));
}

TEST_F(SimulatorTest, KnowsItsPathsAndMethods) {
  EXPECT_EQ(Connect().Get("/v1/chat/completions").status, 405);
  EXPECT_EQ(Post("/v1/responses", "{}").status, 404);
  EXPECT_EQ(Post("/", "{}").status, 404);
  EXPECT_EQ(Post("/v1/models", "{}").status, 404);
  EXPECT_EQ(Post("/sim/stats", "{}").status, 404);
}

TEST_F(SimulatorTest, ShowsRequestsAsTheyArrived) {
  const std::string body = Chat("h\xC3\xA9 \"quoted\"\n");
  Post("/v1/chat/completions?a=b", body, {{"X-Odd", "v\xE9"}});
  Post("/v1/chat/completions", "{\"\xFF\"");
  const json::value shown = Connect().Get("/sim/requests").Json();
  ASSERT_TRUE(shown.is_object()) << shown;
  ASSERT_THAT(shown.at("requests").as_array(), SizeIs(2));
  const json::value& first = shown.at("requests").at(0);
  EXPECT_EQ(first.at("method"), "POST");
  EXPECT_EQ(first.at("path"), "/v1/chat/completions?a=b");
  EXPECT_EQ(first.at("body"), json::value(body));
  EXPECT_EQ(first.at("headers").at(2), json::value({"X-Odd", "v\xC3\xA9"}));
  EXPECT_EQ(first.at("headers").at(3), json::value({"Authorization", "Bearer test-key"}));
  EXPECT_TRUE(shown.at("requests").at(1).at("body").is_null());
  EXPECT_EQ(shown.at("requests").at(1).at("body_base64"), "eyL/Ig==");
}

TEST_F(SimulatorTest, ResetForgetsRequestsCountersAndScript) {
  ASSERT_TRUE(simulator_->SetScript(R"(["500","500"])").ok());
  EXPECT_EQ(Post("/v1/chat/completions", Chat("hi")).status, 500);
  EXPECT_EQ(Post("/sim/reset", "").status, 200);
  EXPECT_EQ(simulator_->stats().requests, 0U);
  EXPECT_THAT(simulator_->requests(), SizeIs(0));
  EXPECT_EQ(Post("/v1/chat/completions", Chat("hi")).status, 200);
}

TEST_F(SimulatorTest, CountsCalls) {
  Post("/v1/chat/completions", Chat("hi"));
  Post("/v1/chat/completions", "{}");
  Post("/v1/chat/completions", Chat("fault: 503"));
  ASSERT_TRUE(WaitFor([&] { return simulator_->stats().answered == 3; }));
  const json::value stats = Connect().Get("/sim/stats").Json();
  EXPECT_EQ(stats.at("requests"), 3);
  EXPECT_EQ(stats.at("faults"), 1);
  EXPECT_EQ(stats.at("by_path").at("/v1/chat/completions"), 3);
  EXPECT_EQ(stats.at("by_status"), json::value({{"200", 1}, {"422", 1}, {"503", 1}}));
}

TEST_F(SimulatorTest, SeesThatTheClientLeftBeforeTheHeaders) {
  Client client = Connect();
  client.Send("POST", "/v1/chat/completions", Chat("fault: delay=60000"));
  ASSERT_TRUE(WaitFor([&] { return simulator_->stats().requests == 1; }));
  client.Close();
  ASSERT_TRUE(WaitFor([&] { return simulator_->stats().cancelled == 1; }));
  const Stats stats = simulator_->stats();
  ASSERT_THAT(stats.cancelled_calls, SizeIs(1));
  EXPECT_EQ(stats.cancelled_calls[0].target, "/v1/chat/completions");
  EXPECT_EQ(stats.cancelled_calls[0].bytes_sent, 0U);
  EXPECT_LT(stats.cancelled_calls[0].after, std::chrono::seconds(30));
  EXPECT_EQ(stats.answered, 0U);
}

TEST_F(SimulatorTest, SeesThatTheClientLeftAPacedStream) {
  StartWith({.tokens_per_second = 1});
  Client client = Connect();
  client.Send("POST", "/v1/chat/completions", Chat("say: one two three", R"("stream":true)"));
  EXPECT_EQ(client.Read(1).status, 200);
  client.ShutdownSend();  // a half-close counts
  ASSERT_TRUE(WaitFor([&] { return simulator_->stats().cancelled == 1; }));
  EXPECT_GT(simulator_->stats().cancelled_calls[0].bytes_sent, 0U);
}

TEST_F(SimulatorTest, PacesStreamsAndWholeAnswers) {
  StartWith({.latency = std::chrono::milliseconds(20), .tokens_per_second = 50});
  for (const std::string_view more : {R"("stream":true)", R"("stream":false)"}) {
    const auto start = std::chrono::steady_clock::now();
    const Response response = Post("/v1/chat/completions", Chat("say: 1 2 3 4", more));
    EXPECT_TRUE(response.complete);
    // Four tokens at 50 a second, after the latency.
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
    EXPECT_GE(response.reads, more == R"("stream":true)" ? 4U : 1U);
  }
}

TEST_F(SimulatorTest, RefusesWhatIsNotARequestWithinTheLimits) {
  Client garbage = Connect();
  garbage.SendRaw("this is not http\r\n\r\n");
  EXPECT_EQ(garbage.Read().status, 400);
  EXPECT_EQ(Connect().Get("/v1/models", {{"X-Long", std::string(kMaxHeaderBytes, 'x')}}).status, 431);
  Client large = Connect();
  large.SendRaw("POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nContent-Length: 67108865\r\n\r\n");
  EXPECT_EQ(large.Read().status, 413);
}

TEST_F(SimulatorTest, TakesLargeBodiesAfter100Continue) {
  const std::string body = Chat("say: done", R"("metadata":{"filler":")" + std::string(4 << 20, 'x') + "\"}");
  Client client = Connect();
  client.SendRaw(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer k\r\nExpect: 100-Continue\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.Read().status, 100);
  client.SendRaw(body);
  EXPECT_EQ(ContentOf(client.Read()), "done");
}

TEST_F(SimulatorTest, SpreadsConnectionsOverThreads) {
  StartWith({.threads = 3});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 9; ++i) clients.push_back(std::make_unique<Client>(simulator_->port()));
  for (const auto& client : clients) client->Send("POST", "/v1/chat/completions", Chat("say: ok"));
  for (const auto& client : clients) EXPECT_EQ(ContentOf(client->Read()), "ok");
}

TEST_F(SimulatorTest, EndsWithOpenConnections) {
  Client stalled = Connect();
  stalled.Send("POST", "/v1/chat/completions", Chat("fault: stall"));
  Client idle = Connect();
  ASSERT_TRUE(WaitFor([&] { return simulator_->stats().requests == 1; }));
  simulator_.reset();
  EXPECT_FALSE(stalled.Read().complete);
  EXPECT_FALSE(idle.Read().complete);
}

TEST(SimulatorOptionsTest, BadOptionsAreErrors) {
  EXPECT_FALSE(Simulator::Start({.threads = 0}).ok());
  EXPECT_FALSE(Simulator::Start({.tokens_per_second = -1}).ok());
  EXPECT_FALSE(Simulator::Start({.script = R"(["no-such-fault"])"}).ok());
  const auto host = Simulator::Start({.address = "not-an-ip"});
  EXPECT_THAT(host.status().ToString(), HasSubstr("needs an IP address"));
  const auto first = Simulator::Start({});
  ASSERT_TRUE(first.ok());
  const auto second = Simulator::Start({.port = (*first)->port()});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace portcullis::sim
