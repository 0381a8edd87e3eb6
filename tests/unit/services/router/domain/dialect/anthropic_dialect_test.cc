// OpenAI's chat completions at Anthropic, there and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/dialect/dialect_testing.h"

namespace portcullis::router {
namespace {

using nlohmann::json;
using test::Adapt;
using test::Adapted;
using test::Pass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr DialectOptions kRefuse{Dialect::kAnthropic, OnUnsupported::kRefuse, false, 4096};
constexpr DialectOptions kDrop{Dialect::kAnthropic, OnUnsupported::kDrop, false, 4096};
constexpr std::string_view kEvents = "text/event-stream";

json To(std::string_view body, const DialectOptions& options = kRefuse) {
  const Adapted adapted = Adapt(options, body);
  if (adapted.refusal) return json{{"refused", adapted.refusal->param}};
  return adapted.json();
}

std::string Body(std::string_view fields) {
  return std::string(R"({"model":"m","messages":[{"role":"user","content":"hi"}])") +
         (fields.empty() ? "" : ",") + std::string(fields) + "}";
}

json Messages(std::string_view messages) {
  return To(std::string(R"({"model":"m","messages":[)") + std::string(messages) + "]}")["messages"];
}

TEST(AnthropicRequest, HasWhatAnthropicDemands) {
  EXPECT_EQ(To(Body("")), json::parse(R"({"model":"m","max_tokens":4096,
      "messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})"));
  EXPECT_EQ(To(Body(R"("max_completion_tokens":7)"))["max_tokens"], 7);
  EXPECT_EQ(To(Body(R"("max_tokens":null)"))["max_tokens"], 4096);
}

TEST(AnthropicRequest, FieldsAreTranslatedOrPass) {
  const json body = To(Body(R"("stop":"END","temperature":1.7,"top_p":0.5,"stream":true,"user":"u1","top_k":3,
      "stream_options":{"include_usage":true},"n":1,"logprobs":false,"presence_penalty":0.0,
      "response_format":{"type":"text"},"thinking":{"type":"enabled","budget_tokens":1024})"));
  EXPECT_EQ(body["stop_sequences"], json({"END"}));
  EXPECT_EQ(body["temperature"], 1);
  EXPECT_EQ(body["top_p"], 0.5);
  EXPECT_EQ(body["metadata"]["user_id"], "u1");
  EXPECT_EQ(body["top_k"], 3);
  EXPECT_EQ(body["thinking"]["budget_tokens"], 1024);
  for (const char* gone :
       {"stop", "user", "stream_options", "n", "logprobs", "presence_penalty", "response_format"}) {
    EXPECT_FALSE(body.contains(gone)) << gone;
  }
  EXPECT_EQ(To(Body(R"("stop":["a","b"])"))["stop_sequences"], json({"a", "b"}));
}

TEST(AnthropicRequest, AFormatWithASchemaIsSentAsOutputConfig) {
  constexpr std::string_view kFormat =
      R"("response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,)"
      R"("schema":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}}})";
  json body = To(Body(kFormat));
  EXPECT_FALSE(body.contains("response_format"));
  EXPECT_EQ(body["output_config"], json::parse(R"({"format":{"type":"json_schema","schema":{"type":"object",
      "properties":{"a":{"type":"string"}},"additionalProperties":false}}})"));
  body = To(Body(std::string(kFormat) + R"(,"output_config":{"effort":"low","format":{"type":"other"}})"));
  EXPECT_EQ(body["output_config"]["effort"], "low");
  EXPECT_EQ(body["output_config"]["format"]["type"], "json_schema");
  EXPECT_EQ(To(Body(R"("output_config":{"effort":"low"})"))["output_config"], json({{"effort", "low"}}));
  EXPECT_EQ(To(Body(R"("output_config":7)"))["output_config"], 7);
}

TEST(AnthropicRequest, AFormatWithoutASchemaHasNoForm) {
  EXPECT_EQ(To(Body(R"("response_format":{"type":"json_object"})"))["refused"], "response_format");
  EXPECT_EQ(To(Body(R"("response_format":{"type":"json_schema","json_schema":{"name":"x"}})"))["refused"],
            "response_format.json_schema.schema");
  const Adapted adapted = Adapt(kDrop, Body(R"("response_format":{"type":"json_object"})"));
  EXPECT_THAT(adapted.dropped, ElementsAre("response_format"));
}

TEST(AnthropicRequest, AStrictToolIsSentWithoutThatPromise) {
  const std::string tool =
      R"("tools":[{"type":"function","function":{"name":"f","strict":STRICT,"parameters":{"type":"object"}}}])";
  const auto with = [&](const char* strict) {
    return Adapt(kRefuse, Body(std::string(tool).replace(tool.find("STRICT"), 6, strict)));
  };
  EXPECT_THAT(with("true").dropped, ElementsAre("tools.function.strict"));
  EXPECT_THAT(with("false").dropped, ElementsAre());
  EXPECT_FALSE(with("true").json()["tools"][0].contains("strict"));
}

TEST(AnthropicRequest, WhatItCannotHonourIsRefusedOrDropped) {
  for (const char* field :
       {R"("n":2)", R"("logprobs":true)", R"("logit_bias":{"1":2})", R"("presence_penalty":0.5)",
        R"("response_format":{"type":"json_object"})", R"("reasoning_effort":"high")"}) {
    const Adapted refused = Adapt(kRefuse, Body(field));
    ASSERT_TRUE(refused.refusal) << field;
    EXPECT_THAT(refused.refusal->message, HasSubstr("Anthropic"));
    const Adapted dropped = Adapt(kDrop, Body(field));
    ASSERT_FALSE(dropped.refusal) << field;
    EXPECT_THAT(dropped.dropped, ElementsAre(refused.refusal->param));
  }
  EXPECT_THAT(Adapt(kRefuse, Body(R"("seed":1,"store":true)")).dropped, ElementsAre("seed", "store"));
  EXPECT_EQ(Adapt(kRefuse, R"({"model":"m","input":"x"})", Operation::kEmbeddings).refusal->message,
            "Anthropic offers no embeddings");
}

TEST(AnthropicRequest, SystemMessagesBecomeTheSystem) {
  const json body =
      To(R"({"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":"u"},
      {"role":"developer","content":[{"type":"text","text":"b"}]}]})");
  EXPECT_EQ(body["system"], json::parse(R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])"));
  EXPECT_EQ(body["messages"].size(), 1u);
}

TEST(AnthropicRequest, RolesAlternateAndEmptyTextsGo) {
  const json messages = Messages(R"({"role":"user","content":"a"},{"role":"user","content":"b"},
      {"role":"assistant","content":""},{"role":"user","content":"c"},{"role":"assistant","content":"d"})");
  EXPECT_EQ(messages,
            json::parse(R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"},
      {"type":"text","text":"c"}]},{"role":"assistant","content":[{"type":"text","text":"d"}]}])"));
}

TEST(AnthropicRequest, ToolsAndTheirChoice) {
  const json body = To(Body(R"("tools":[{"type":"function","function":{"name":"f","description":"d",
      "parameters":{"type":"object","properties":{"a":{}}}}},{"type":"function","function":{"name":"g"}}],
      "tool_choice":"required","parallel_tool_calls":false)"));
  EXPECT_EQ(body["tools"], json::parse(R"([{"name":"f","description":"d","input_schema":{"type":"object",
      "properties":{"a":{}}}},{"name":"g","input_schema":{"type":"object","properties":{}}}])"));
  EXPECT_EQ(body["tool_choice"], json::parse(R"({"type":"any","disable_parallel_tool_use":true})"));
  const auto choice = [](std::string_view given) {
    return To(Body(std::string(R"("tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":)") +
                   std::string(given)))["tool_choice"];
  };
  EXPECT_EQ(choice("\"auto\""), json::parse(R"({"type":"auto"})"));
  EXPECT_EQ(choice("\"none\""), json::parse(R"({"type":"none"})"));
  EXPECT_EQ(choice(R"({"type":"function","function":{"name":"f"}})"),
            json::parse(R"({"type":"tool","name":"f"})"));
  EXPECT_FALSE(To(Body(R"("tool_choice":"none")")).contains("tool_choice"));
}

TEST(AnthropicRequest, ToolCallsAndResultsOfOneTurnStayTogether) {
  const json messages = Messages(R"({"role":"user","content":"u"},
      {"role":"assistant","content":null,"tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":\"\\u00e9\"}"}},
        {"id":"odd id!","type":"function","function":{"name":"g","arguments":""}}]},
      {"role":"tool","tool_call_id":"call_1","content":"one"},{"role":"tool","tool_call_id":"odd id!","content":""},
      {"role":"user","content":"go on"})");
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1]["content"][0],
            json::parse(R"({"type":"tool_use","id":"call_1","name":"f","input":{"a":"\u00e9"}})"));
  const std::string odd = messages[1]["content"][1]["id"];
  EXPECT_THAT(odd, ::testing::MatchesRegex("toolu_[0-9A-Za-z]+"));
  EXPECT_EQ(messages[1]["content"][1]["input"], json::object());
  const json& results = messages[2]["content"];
  EXPECT_EQ(results[0],
            json::parse(
                R"({"type":"tool_result","tool_use_id":"call_1","content":[{"type":"text","text":"one"}]})"));
  EXPECT_EQ(results[1], (json{{"type", "tool_result"}, {"tool_use_id", odd}}));
  EXPECT_EQ(results[2]["text"], "go on");
}

TEST(AnthropicRequest, ArgumentsThatAreNoObjectAreNamed) {
  EXPECT_EQ(To(R"({"model":"m","messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[
      {"id":"a","function":{"name":"f","arguments":"[1]"}}]}]})")["refused"],
            "messages[1].tool_calls[0].function.arguments");
}

TEST(AnthropicRequest, ImagesAndDocuments) {
  const json content =
      Messages(R"({"role":"user","content":[{"type":"text","text":"t","cache_control":{"type":"ephemeral"}},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD","detail":"low"}},
      {"type":"image_url","image_url":{"url":"https://x/y.png"}},
      {"type":"file","file":{"file_data":"data:application/pdf;base64,REVG","filename":"a.pdf"}}]})")
          [0]["content"];
  EXPECT_EQ(content[0]["cache_control"]["type"], "ephemeral");
  EXPECT_EQ(
      content[1],
      json::parse(R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}})"));
  EXPECT_EQ(content[2], json::parse(R"({"type":"image","source":{"type":"url","url":"https://x/y.png"}})"));
  EXPECT_EQ(content[3]["source"]["media_type"], "application/pdf");
  EXPECT_EQ(
      To(R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,x"}}]}]})")
          ["refused"],
      "messages[0].content[0].image_url.url");
  EXPECT_EQ(
      To(R"({"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}]})")["refused"],
      "messages[0].content[0].input_audio");
}

std::unique_ptr<AnswerAdapter> Anthropic(bool stream) {
  return MakeAnswerAdapter(kRefuse, stream, 1700000000);
}

TEST(AnthropicAnswer, AWholeAnswerIsAChatCompletion) {
  const auto adapter = Anthropic(false);
  const test::PassedOn passed =
      Pass(*adapter, "application/json", R"({"id":"msg_1","type":"message","role":"assistant",
      "model":"claude","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a\"b"},
      {"type":"tool_use","id":"t1","name":"f","input":{"x":"\u00e9"}}],"stop_reason":"tool_use","stop_sequence":null,
      "usage":{"input_tokens":10,"cache_read_input_tokens":4,"cache_creation_input_tokens":3,"output_tokens":5}})");
  ASSERT_TRUE(passed.status.ok()) << passed.status;
  const json answer = json::parse(passed.bytes);
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["created"], 1700000000);
  EXPECT_EQ(answer["model"], "claude");
  const json& choice = answer["choices"][0];
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
  EXPECT_EQ(choice["message"]["content"], "a\"b");
  EXPECT_EQ(choice["message"]["reasoning_content"], "hm");
  EXPECT_EQ(choice["message"]["tool_calls"][0]["id"], "t1");
  EXPECT_EQ(json::parse(choice["message"]["tool_calls"][0]["function"]["arguments"].get<std::string>()),
            json::parse(R"({"x":"\u00e9"})"));
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 17);
  EXPECT_EQ(answer["usage"]["completion_tokens"], 5);
  EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 4);
  EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cache_creation_tokens"], 3);
}

TEST(AnthropicAnswer, StopReasons) {
  for (const auto& [reason, finish] :
       {std::pair("end_turn", "stop"), std::pair("stop_sequence", "stop"), std::pair("max_tokens", "length"),
        std::pair("refusal", "content_filter"), std::pair("model_context_window_exceeded", "length")}) {
    const auto adapter = Anthropic(false);
    const test::PassedOn passed =
        Pass(*adapter, "application/json",
             std::string(R"({"content":[{"type":"text","text":"x"}],"stop_reason":")") + reason + R"("})");
    EXPECT_EQ(json::parse(passed.bytes)["choices"][0]["finish_reason"], finish);
  }
}

TEST(AnthropicAnswer, WhatIsNoMessageFails) {
  for (const char* body : {"", "{}", R"({"type":"error","error":{}})", R"({"content":[})"}) {
    const auto adapter = Anthropic(false);
    EXPECT_FALSE(Pass(*adapter, "application/json", body).status.ok()) << body;
  }
}

constexpr std::string_view kStream =
    "event: message_start\r\ndata: "
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude\",\"content\":[],"
    "\"usage\":{\"input_tokens\":9,\"cache_read_input_tokens\":2,\"output_tokens\":1}}}\r\n\r\n"
    "event: content_block_start\ndata: "
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
    "event: ping\ndata: {\"type\":\"ping\"}\n\n: a comment\n\n"
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\xC3\xA9\"}"
    "}\n\n"
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"llo\"}}\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: content_block_start\ndata: "
    "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t1\","
    "\"name\":\"f\",\"input\":{}}}\n\n"
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
    "\"\"}}\n\n"
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
    "\"{\\\"a\\\":\"}}\n\n"
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":"
    "\"1}\"}}\n\n"
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"
    "event: message_delta\ndata: "
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{"
    "\"output_tokens\":15}}\n\n"
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

TEST(AnthropicAnswer, AStreamIsAStreamOfChunks) {
  const auto adapter = Anthropic(true);
  const test::PassedOn passed = Pass(*adapter, kEvents, kStream);
  ASSERT_TRUE(passed.status.ok());
  std::string content, arguments, finish;
  json call, usage;
  std::string rest = passed.bytes;
  for (size_t end; (end = rest.find("\n\n")) != rest.npos; rest.erase(0, end + 2)) {
    ASSERT_EQ(rest.substr(0, 6), "data: ");
    const std::string data = rest.substr(6, end - 6);
    if (data == "[DONE]") continue;
    const json chunk = json::parse(data);
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_EQ(chunk["id"], "msg_1");
    if (chunk.contains("usage")) usage = chunk["usage"];
    if (chunk["choices"].empty()) continue;
    const json& choice = chunk["choices"][0];
    content += choice["delta"].value("content", "");
    if (choice["delta"].contains("tool_calls")) {
      const json& delta = choice["delta"]["tool_calls"][0];
      if (delta.contains("id")) call = delta;
      arguments += delta["function"].value("arguments", "");
      EXPECT_EQ(delta["index"], 0);
    }
    if (!choice["finish_reason"].is_null()) finish = choice["finish_reason"];
  }
  EXPECT_EQ(content, "h\xC3\xA9llo");
  EXPECT_EQ(call["id"], "t1");
  EXPECT_EQ(call["function"]["name"], "f");
  EXPECT_EQ(json::parse(arguments), json::parse(R"({"a":1})"));
  EXPECT_EQ(finish, "tool_calls");
  EXPECT_EQ(usage["prompt_tokens"], 11);
  EXPECT_EQ(usage["completion_tokens"], 15);
  EXPECT_EQ(usage["prompt_tokens_details"]["cached_tokens"], 2);
  EXPECT_TRUE(passed.bytes.ends_with("data: [DONE]\n\n"));
}

TEST(AnthropicAnswer, EverySplitInTwoGivesTheSame) {
  const auto whole = Anthropic(true);
  const std::string expected = Pass(*whole, kEvents, kStream).bytes;
  for (size_t cut = 0; cut <= kStream.size(); ++cut) {
    const auto adapter = Anthropic(true);
    const test::PassedOn passed = Pass(*adapter, kEvents, kStream, {cut});
    ASSERT_TRUE(passed.status.ok()) << cut;
    ASSERT_EQ(passed.bytes, expected) << cut;
  }
}

TEST(AnthropicAnswer, OneByteAtATimeGivesTheSame) {
  std::vector<size_t> cuts;
  for (size_t i = 1; i < kStream.size(); ++i) cuts.push_back(i);
  const auto whole = Anthropic(true), adapter = Anthropic(true);
  EXPECT_EQ(Pass(*adapter, kEvents, kStream, cuts).bytes, Pass(*whole, kEvents, kStream).bytes);
}

TEST(AnthropicAnswer, AnErrorInTheStreamIsToldAndOneAtItsStartFails) {
  constexpr std::string_view kError =
      "event: error\ndata: "
      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
  const auto at_start = Anthropic(true);
  const test::PassedOn failed = Pass(*at_start, kEvents, kError);
  EXPECT_THAT(std::string(failed.status.message()), HasSubstr("Overloaded"));
  EXPECT_EQ(failed.bytes, "");
  const auto later = Anthropic(true);
  const std::string begun = std::string(kStream.substr(0, kStream.find("event: ping")));
  const test::PassedOn told = Pass(*later, kEvents, begun + std::string(kError));
  EXPECT_TRUE(told.status.ok());
  EXPECT_THAT(told.bytes, HasSubstr(R"(data: {"error":{"message":"Overloaded","type":"overloaded_error")"));
}

TEST(AnthropicAnswer, AStreamThatDoesNotBeginLikeOneFails) {
  const auto adapter = Anthropic(true);
  EXPECT_FALSE(Pass(*adapter, kEvents, "data: {\"type\":\"content_block_stop\"}\n\n").status.ok());
}

}  // namespace
}  // namespace portcullis::router
