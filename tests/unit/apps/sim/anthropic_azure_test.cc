// Anthropic's and Azure's shapes of the simulator: what they refuse, and what they answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "apps/sim/simulator.h"
#include "libs/base/strings.h"
#include "tests/unit/apps/sim/client.h"

namespace portcullis::sim {
namespace {

using ::testing::HasSubstr;

class ShapesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto simulator = Simulator::Start({});
    ASSERT_TRUE(simulator.ok());
    simulator_ = *std::move(simulator);
  }
  Response Anthropic(std::string_view body,
                     Headers headers = {{"x-api-key", "k"}, {"anthropic-version", "2023-06-01"}}) {
    return Client(simulator_->port()).Post("/anthropic/v1/messages", body, headers);
  }
  Response Azure(std::string_view path, std::string_view body, std::string_view key = "k") {
    return Client(simulator_->port())
        .Post(base::StrCat("/azure/openai/", path), body, {{"api-key", std::string(key)}});
  }
  // The error's message of a request whose messages are these.
  std::string Refusal(std::string_view fields) {
    const Response response = Anthropic(base::StrCat(R"({"model":"claude-x","max_tokens":9,)", fields, "}"));
    if (response.status == 200) return "";
    EXPECT_EQ(response.Json().at("type"), "error");
    return std::string(response.Json().at("error").at("message").as_string());
  }

  std::unique_ptr<Simulator> simulator_;
};

TEST_F(ShapesTest, AnthropicAnswers) {
  const Response response = Anthropic(
      R"({"model":"claude-x","max_tokens":99,"system":"s","messages":[{"role":"user","content":"say: hello there"}]})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Json().at("content").at(0).at("text"), "hello there");
  EXPECT_EQ(response.Json().at("stop_reason"), "end_turn");
  EXPECT_EQ(response.Json().at("usage").at("output_tokens"), 2);
}

TEST_F(ShapesTest, AnthropicStreamsNamedEvents) {
  const Response response = Anthropic(
      R"({"model":"claude-x","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"say: a b"}]})");
  for (const char* event : {"message_start", "content_block_start", "content_block_delta",
                            "content_block_stop", "message_delta", "message_stop"}) {
    EXPECT_THAT(response.body,
                HasSubstr(base::StrCat("event: ", event, "\ndata: {\"type\":\"", event, "\"")));
  }
}

TEST_F(ShapesTest, AnthropicIsStrict) {
  const std::string user = R"("messages":[{"role":"user","content":"x"}])";
  EXPECT_EQ(Refusal(user), "");
  EXPECT_THAT(Refusal(user + R"(,"seed":1)"), HasSubstr("seed"));
  EXPECT_THAT(Refusal(user + R"(,"temperature":1.5)"), HasSubstr("temperature"));
  EXPECT_THAT(Refusal(R"("messages":[])"), HasSubstr("messages"));
  EXPECT_THAT(Refusal(R"("messages":[{"role":"system","content":"x"}])"), HasSubstr("role"));
  EXPECT_THAT(Refusal(R"("messages":[{"role":"assistant","content":"x"}])"), HasSubstr("first message"));
  EXPECT_THAT(Refusal(R"("messages":[{"role":"user","content":"x"},{"role":"user","content":"y"}])"),
              HasSubstr("alternate"));
  EXPECT_THAT(Refusal(R"("messages":[{"role":"user","content":[{"type":"text","text":""}]}])"),
              HasSubstr("non-empty"));
  EXPECT_THAT(Refusal(R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y "}])"),
              HasSubstr("trailing whitespace"));
  EXPECT_THAT(Refusal(user + R"(,"tools":[{"name":"a b","input_schema":{"type":"object"}}])"),
              HasSubstr("pattern"));
  EXPECT_THAT(Refusal(user + R"(,"tool_choice":{"type":"any"})"), HasSubstr("tool_choice"));
  const std::string call =
      R"("messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},)";
  EXPECT_THAT(Refusal(call + R"({"role":"user","content":"y"}])"), HasSubstr("without `tool_result`"));
  EXPECT_THAT(Refusal(call + R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"u"}]}])"),
              HasSubstr("unexpected `tool_use_id`"));
  EXPECT_EQ(Refusal(call +
                    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}])"),
            "");
}

TEST_F(ShapesTest, AnthropicWantsItsHeaders) {
  const std::string body =
      R"({"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"x"}]})";
  EXPECT_EQ(Anthropic(body, {{"x-api-key", "k"}}).status, 400);
  EXPECT_EQ(Anthropic(body, {{"anthropic-version", "2023-06-01"}}).status, 401);
  EXPECT_EQ(
      Anthropic(R"({"model":"gpt-4o","max_tokens":9,"messages":[{"role":"user","content":"x"}]})").status,
      404);
}

TEST_F(ShapesTest, AzureTakesItsFormOfUrlAndKey) {
  const std::string body = R"({"messages":[{"role":"user","content":"say: hello"}]})";
  const std::string path = "deployments/gpt-4o/chat/completions?api-version=2024-02-01";
  EXPECT_EQ(ContentOf(Azure(path, body)), "hello");
  EXPECT_EQ(Azure(path, body, "").status, 401);
  EXPECT_EQ(Azure("deployments/gpt-4o/chat/completions", body).status, 404);
  EXPECT_EQ(Azure("deployments/unknown/chat/completions?api-version=2024-02-01", body)
                .Json()
                .at("error")
                .at("code"),
            "DeploymentNotFound");
}

TEST_F(ShapesTest, AzureTellsUsageOnlyToThoseWhoAskANewerVersion) {
  const std::string body =
      R"({"messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}})";
  EXPECT_EQ(Azure("deployments/gpt-4o/chat/completions?api-version=2024-02-01", body).status, 400);
  const Response response = Azure("deployments/gpt-4o/chat/completions?api-version=2024-10-21", body);
  ASSERT_EQ(response.status, 200);
  EXPECT_THAT(response.Events().front(), HasSubstr("\"choices\":[]"));
  EXPECT_THAT(response.Events().front(), HasSubstr("prompt_filter_results"));
  EXPECT_THAT(response.body, HasSubstr("\"usage\":{"));
}

TEST_F(ShapesTest, TheContentFilterAnswersInAzuresShape) {
  const Response response = Azure("deployments/gpt-4o/chat/completions?api-version=2024-02-01",
                                  R"({"messages":[{"role":"user","content":"fault: content-filter"}]})");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.Json().at("error").at("code"), "content_filter");
  EXPECT_EQ(response.Json().at("error").at("innererror").at("code"), "ResponsibleAIPolicyViolation");
}

}  // namespace
}  // namespace portcullis::sim
