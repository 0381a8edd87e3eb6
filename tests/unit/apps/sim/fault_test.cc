#include "apps/sim/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "apps/sim/simulator.h"
#include "tests/unit/apps/sim/client.h"

namespace portcullis::sim {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::string_view kPath = "/v1/chat/completions";

class FaultTest : public ::testing::Test {
 protected:
  Response Whole(std::string_view spec, std::string_view path = kPath) {
    return Client(simulator_->port())
        .Post(path, Chat("say: one two three"), {{"X-Sim-Fault", std::string(spec)}});
  }
  Response Stream(std::string_view spec) {
    return Client(simulator_->port())
        .Post(kPath, Chat("say: one two three", R"("stream":true)"), {{"X-Sim-Fault", std::string(spec)}});
  }
  int StatusOf(std::string_view user, std::string_view model = "sim-test") {
    return Client(simulator_->port()).Post(kPath, Chat(user, "", model)).status;
  }

  const std::unique_ptr<Simulator> simulator_ = *Simulator::Start({});
};

TEST_F(FaultTest, StatusesInTheProvidersShape) {
  for (const int status : {401, 429, 500, 503, 529}) {
    const std::string spec = std::to_string(status);
    EXPECT_EQ(Whole(spec).status, status);
    EXPECT_EQ(Whole(spec, "/openai/v1/chat/completions").status, status);
    EXPECT_TRUE(Whole(spec, "/openai/v1/chat/completions").Json().as_object().contains("error"));
  }
  EXPECT_EQ(Whole("500").Json().at("object"), "error");
  const Response limited = Whole("429;retry-after=7");
  EXPECT_EQ(limited.headers.at("retry-after"), "7");
  EXPECT_EQ(limited.Json().at("type"), "rate_limited");
  EXPECT_FALSE(Whole("429").headers.contains("retry-after"));
  EXPECT_EQ(Whole("502").headers.at("content-type"), "text/html");
}

TEST_F(FaultTest, ContextTooLong) {
  const Response mistral = Whole("context");
  EXPECT_EQ(mistral.status, 400);
  EXPECT_EQ(mistral.Json().at("code"), "3051");
  const Response openai = Whole("context", "/openai/v1/chat/completions");
  EXPECT_EQ(openai.status, 400);
  EXPECT_EQ(openai.Json().at("error").at("code"), "context_length_exceeded");
}

TEST_F(FaultTest, CutsByResetAndClosesByFin) {
  const Response cut = Whole("cut=10");
  EXPECT_EQ(cut.body.size(), 10U);
  EXPECT_TRUE(cut.reset);
  const Response closed = Whole("close=10");
  EXPECT_EQ(closed.body.size(), 10U);
  EXPECT_TRUE(closed.closed);
  EXPECT_FALSE(closed.complete);
  const Response head = Whole("cut=0");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.reset);
  const Response nothing = Whole("reset");
  EXPECT_EQ(nothing.status, 0);
  EXPECT_TRUE(nothing.reset);
  EXPECT_TRUE(WaitFor([&] { return simulator_->stats().cut == 4; }));
}

TEST_F(FaultTest, CutsAStreamAtABodyByte) {
  const Response whole = Stream("ok");
  for (const size_t at :
       {size_t{1}, size_t{100}, whole.body.find("\n\n") + 2, whole.body.size() - 1, whole.body.size()}) {
    const Response cut = Stream("cut=" + std::to_string(at));
    EXPECT_EQ(cut.body.size(), at);
    EXPECT_TRUE(cut.reset) << at;
    const Response closed = Stream("close=" + std::to_string(at));
    EXPECT_EQ(closed.body.size(), at);
    EXPECT_EQ(closed.complete, at == whole.body.size());
  }
}

TEST_F(FaultTest, StallsUntilThePeerGoes) {
  Client client(simulator_->port());
  client.Send("POST", kPath, Chat("say: one two three"), {{"x-sim-fault", "stall"}});
  const Response half = client.Read(100);
  EXPECT_FALSE(half.complete);
  EXPECT_EQ(half.status, 200);
  EXPECT_EQ(simulator_->stats().cancelled, 0U);
  client.Close();
  EXPECT_TRUE(WaitFor([&] { return simulator_->stats().cancelled == 1; }));
}

TEST_F(FaultTest, DripsAndDelays) {
  const Response dripping = Whole("drip=1");
  EXPECT_TRUE(dripping.complete);
  EXPECT_GT(dripping.reads, 50U);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Whole("delay=50;500").status, 500);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(50));
}

TEST_F(FaultTest, SpoilsTheBody) {
  const Response cut_json = Whole("malformed-json");
  EXPECT_TRUE(cut_json.complete);
  EXPECT_TRUE(cut_json.Json().is_string());  // not JSON
  const Response empty = Whole("empty");
  EXPECT_EQ(empty.status, 200);
  EXPECT_TRUE(empty.complete);
  EXPECT_EQ(empty.body, "");
  EXPECT_EQ(Whole("wrong-type").headers.at("content-type"), "text/html");
  EXPECT_FALSE(Whole("refuse-usage").Json().as_object().contains("usage"));
  EXPECT_TRUE(Whole("ok").Json().as_object().contains("usage"));
}

TEST_F(FaultTest, SpoilsTheStream) {
  const auto broken_events = [](const Response& response) {
    int broken = 0;
    for (const std::string& event : response.Events()) {
      boost::system::error_code error;
      json::parse(event, error);
      if (error && event != "[DONE]") ++broken;
    }
    return broken;
  };
  EXPECT_EQ(broken_events(Stream("ok")), 0);
  EXPECT_EQ(broken_events(Stream("malformed-json")), 1);
  EXPECT_EQ(broken_events(Stream("malformed-sse")), 1);
  EXPECT_EQ(Stream("malformed-sse").Events().back(), "[DONE]");
  const Response undone = Stream("nodone");
  EXPECT_TRUE(undone.complete);
  EXPECT_NE(undone.Events().back(), "[DONE]");
  EXPECT_EQ(Stream("refuse-usage").body.find("usage"), std::string::npos);
}

TEST_F(FaultTest, ComesFromADirectiveOrTheScriptToo) {
  ASSERT_TRUE(
      simulator_->SetScript(R"(["503", "ok", {"model":"sim-a","faults":["500"],"repeat":true}])").ok());
  EXPECT_EQ(StatusOf("fault: 429"), 429);  // leaves the script alone
  EXPECT_EQ(Whole("502").status, 502);
  EXPECT_EQ(StatusOf("hi", "sim-a"), 500);
  EXPECT_EQ(StatusOf("hi"), 503);
  EXPECT_EQ(StatusOf("hi"), 200);
  EXPECT_EQ(StatusOf("hi"), 200);
  EXPECT_EQ(StatusOf("hi", "sim-a"), 500);
  Client client(simulator_->port());
  EXPECT_EQ(client.Post("/sim/script", R"(["401"])").status, 200);
  EXPECT_EQ(StatusOf("hi", "sim-a"), 401);
  EXPECT_EQ(StatusOf("hi", "sim-a"), 200);
}

TEST_F(FaultTest, BadSpecsAreRefusedByName) {
  for (const std::string spec :
       {"nonsense", "cut", "cut=", "cut=-1", "cut=x", "delay=3600001", "stall=1", "418"}) {
    const Response response = Whole(spec);
    EXPECT_EQ(response.status, 400) << spec;
    EXPECT_THAT(response.body, HasSubstr(spec));
  }
  EXPECT_EQ(Client(simulator_->port()).Post(kPath, Chat("hi"), {{"x-sim-chunk", "many"}}).status, 400);
  for (const std::string script :
       {"", "{}", "[1]", R"(["x"])", R"([{"faults":"500"}])", R"([{"faults":[],"x":1}])",
        R"([{"model":"a"}])", R"([{"faults":[5]}])", R"([{"faults":[],"model":1}])"}) {
    EXPECT_EQ(Client(simulator_->port()).Post("/sim/script", script).status, 400) << script;
  }
}

TEST(FaultScriptTest, IsBounded) {
  std::string script = "[";
  for (size_t i = 0; i <= FaultScript::kMaxFaults; ++i) script += "\"ok\",";
  script.back() = ']';
  FaultScript faults;
  EXPECT_FALSE(faults.Set(json::parse(script)).ok());
}

}  // namespace
}  // namespace portcullis::sim
