#include "apps/sim/request_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

namespace json = boost::json;

constexpr std::string_view kUser = R"({"role":"user","content":"hi"})";

std::optional<ApiError> Mistral(std::string_view body, Endpoint endpoint = Endpoint::kChat) {
  return CheckRequest(Provider::kMistral, endpoint, json::parse(std::string(body)));
}

std::string ChatWith(std::string_view field) {
  return base::StrCat(R"({"model":"m","messages":[)", kUser, "],", field, "}");
}

std::string ChatOf(std::string_view messages) {
  return base::StrCat(R"({"model":"m","messages":[)", messages, "]}");
}

// "type loc" of the first issue; "ok", or the message of another refusal.
std::string IssueOf(const std::optional<ApiError>& error) {
  if (!error) return "ok";
  const json::value body = json::parse(error->body);
  if (body.at("message").is_string()) return std::string(body.at("message").get_string());
  EXPECT_EQ(error->status, 422);
  const json::value& issue = body.at("message").at("detail").at(0);
  return base::StrCat(std::string_view(issue.at("type").get_string()), " ", json::serialize(issue.at("loc")));
}

TEST(MistralSchemaTest, RefusalHasTheServicesShape) {
  const auto error = Mistral(ChatWith(R"("seed":7)"));
  ASSERT_TRUE(error);
  EXPECT_EQ(json::parse(error->body),
            json::parse(R"({"object":"error","message":{"detail":[{"type":"extra_forbidden",
      "loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]},"type":"invalid_request_error",
      "param":null,"code":null})"));
}

TEST(MistralSchemaTest, AcceptsEveryFieldOfTheRequestModel) {
  EXPECT_EQ(
      IssueOf(Mistral(ChatWith(R"("temperature":1.5,"top_p":1,"max_tokens":0,"stream":true,"stop":["a","b"],
      "random_seed":1,"metadata":{"a":1},"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{},
      "description":null,"strict":true}},"tools":[{"type":"function","function":{"name":"f","parameters":{},
      "description":"d","strict":false}},{"type":"document_library","library_ids":["x"]}],
      "tool_choice":{"type":"function","function":{"name":"f"}},"presence_penalty":-2,"frequency_penalty":2,
      "min_tokens":1,"repetition_penalty":1.1,"top_k":3,"logprobs":true,"top_logprobs":2,"prompt_logprobs":false,
      "top_prompt_logprobs":1,"n":2,"prediction":{"type":"content","content":"x"},"parallel_tool_calls":false,
      "reasoning_effort":"high","prompt_mode":"reasoning","guardrails":[{"block_on_error":true}],
      "prompt_cache_key":"k","service_tier":"auto","safe_prompt":true)"))),
      "ok");
  EXPECT_EQ(
      IssueOf(Mistral(ChatWith(R"("temperature":null,"max_tokens":null,"stop":null,"tools":null,"n":null)"))),
      "ok");
  for (const std::string choice : {"none", "auto", "any", "required"}) {
    EXPECT_EQ(IssueOf(Mistral(ChatWith(base::StrCat(R"("tool_choice":")", choice, "\"")))), "ok");
  }
}

TEST(MistralSchemaTest, RefusesOpenAisFields) {
  for (const std::string field : {"seed", "stream_options", "user", "logit_bias", "max_completion_tokens",
                                  "store", "functions", "modalities"}) {
    EXPECT_EQ(IssueOf(Mistral(ChatWith(base::StrCat("\"", field, "\":1")))),
              base::StrCat(R"(extra_forbidden ["body",")", field, "\"]"));
  }
}

TEST(MistralSchemaTest, RefusesTypesAndRanges) {
  const std::pair<std::string, std::string> cases[] = {
      {R"("temperature":1.6)", R"(less_than_equal ["body","temperature"])"},
      {R"("temperature":-0.1)", R"(greater_than_equal ["body","temperature"])"},
      {R"("temperature":"hot")", R"(float_type ["body","temperature"])"},
      {R"("top_p":1.1)", R"(less_than_equal ["body","top_p"])"},
      {R"("max_tokens":-1)", R"(greater_than_equal ["body","max_tokens"])"},
      {R"("max_tokens":1.5)", R"(int_from_float ["body","max_tokens"])"},
      {R"("stream":"yes")", R"(bool_type ["body","stream"])"},
      {R"("stream":null)", R"(bool_type ["body","stream"])"},
      {R"("stop":[1])", R"(string_type ["body","stop",0])"},
      {R"("n":0)", R"(greater_than_equal ["body","n"])"},
      {R"("tool_choice":"always")", R"(literal_error ["body","tool_choice"])"},
      {R"("tool_choice":{"function":{"name":"f","x":1}})",
       R"(extra_forbidden ["body","tool_choice","function","x"])"},
      {R"("tools":{})", R"(list_type ["body","tools"])"},
      {R"("tools":[{"type":"function","function":{"name":"f"}}])",
       R"(missing ["body","tools",0,"function","parameters"])"},
      {R"("response_format":{"type":"xml"})", R"(literal_error ["body","response_format","type"])"},
      {R"("metadata":[])", R"(dict_type ["body","metadata"])"},
  };
  for (const auto& [field, issue] : cases) EXPECT_EQ(IssueOf(Mistral(ChatWith(field))), issue);
  EXPECT_EQ(IssueOf(Mistral(R"({"messages":[]})")), R"(missing ["body","model"])");
  EXPECT_EQ(IssueOf(Mistral("[]")), R"(model_attributes_type ["body"])");
}

TEST(MistralSchemaTest, ChecksMessages) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"role":"user","content":"x","name":"bob"})",
       R"(extra_forbidden ["body","messages",0,"user","name"])"},
      {R"({"role":"user"})", R"(missing ["body","messages",0,"user","content"])"},
      {R"({"role":"user","content":5})", R"(string_type ["body","messages",0,"user","content"])"},
      {R"({"role":"developer","content":"x"})", R"(union_tag_invalid ["body","messages",0])"},
      {R"({"content":"x"})", R"(union_tag_not_found ["body","messages",0])"},
      {R"({"role":"assistant","content":"x","reasoning_content":"y"})",
       R"(extra_forbidden ["body","messages",0,"assistant","reasoning_content"])"},
      {R"({"role":"assistant","content":"x","refusal":null})",
       R"(extra_forbidden ["body","messages",0,"assistant","refusal"])"},
      {R"({"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]})",
       R"(extra_forbidden ["body","messages",0,"user","content",0,"text","cache_control"])"},
      {R"({"role":"user","content":[{"type":"video"}]})",
       R"(union_tag_invalid ["body","messages",0,"user","content",0])"},
      {R"({"role":"system","content":[{"type":"image_url","image_url":"u"}]})",
       R"(union_tag_invalid ["body","messages",0,"system","content",0])"},
  };
  for (const auto& [message, issue] : cases) EXPECT_EQ(IssueOf(Mistral(ChatOf(message))), issue);
  EXPECT_EQ(IssueOf(Mistral(ChatOf(R"({"role":"user","content":[{"type":"text","text":"x"},
      {"type":"image_url","image_url":{"url":"u","detail":"low"}},{"type":"image_url","image_url":"u"},
      {"type":"document_url","document_url":"u","document_name":null},{"type":"input_audio","input_audio":"x"}]})"))),
            "ok");
}

TEST(MistralSchemaTest, ChecksTheOrderOfMessages) {
  const std::string call =
      R"({"role":"assistant","tool_calls":[{"id":"abcDEF123","function":{"name":"f","arguments":"{}"}}]})";
  const std::string result = R"({"role":"tool","tool_call_id":"abcDEF123","content":"r"})";
  const std::string user(kUser);
  const std::pair<std::string, std::string> cases[] = {
      {user + "," + call + "," + result, "ok"},
      {user + "," + call + "," + result + R"(,{"role":"assistant","content":"a"},)" + user, "ok"},
      {user + R"(,{"role":"assistant","content":"a","prefix":true})", "ok"},
      {R"({"role":"system","content":"s"},)" + user, "ok"},
      {user + R"(,{"role":"assistant","content":"a"})",
       "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"},
      {R"({"role":"system","content":"s"})",
       "Expected last role User or Tool (or Assistant with prefix True) for serving but got system"},
      {user + "," + result, "Unexpected role 'tool' after role 'user'"},
      {user + R"(,{"role":"assistant","content":"a"},)" + result,
       "Unexpected role 'tool' after role 'assistant'"},
      {user + "," + call + "," + result + "," + user, "Unexpected role 'user' after role 'tool'"},
      {user + "," + call + "," + user, "Not the same number of function calls and responses"},
      {user + "," + call + "," + result + "," + result,
       "Not the same number of function calls and responses"},
      {user + R"(,{"role":"assistant","content":"a","prefix":true},)" + user,
       "Assistant message with prefix True must be last message"},
      {user + R"(,{"role":"assistant","content":""},)" + user,
       "Assistant message must have either content or tool_calls."},
      {"", "Conversation must have at least one message"},
  };
  for (const auto& [messages, outcome] : cases)
    EXPECT_EQ(IssueOf(Mistral(ChatOf(messages))), outcome) << messages;
}

TEST(MistralSchemaTest, ToolCallIdsAreNineAlphanumericCharacters) {
  for (const std::string id : {"call_abcd", "abc", "abcdefghij", "abc-defgh"}) {
    const std::string messages =
        base::StrCat(kUser, R"(,{"role":"assistant","tool_calls":[{"id":")", id,
                     R"(","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":")", id,
                     R"(","content":"r"})");
    const auto error = Mistral(ChatOf(messages));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->status, 400);
    EXPECT_EQ(IssueOf(error),
              base::StrCat("Tool call id was ", id, " but must be a-z, A-Z, 0-9, with a length of 9."));
  }
}

TEST(MistralSchemaTest, ChecksFimAndEmbeddings) {
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","prompt":"p","suffix":"s","stop":"x"})", Endpoint::kFim)), "ok");
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","suffix":"s"})", Endpoint::kFim)),
            R"(missing ["body","prompt"])");
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","prompt":"p","n":1})", Endpoint::kFim)),
            R"(extra_forbidden ["body","n"])");
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","input":["a"],"output_dtype":"int8","encoding_format":"base64"})",
                            Endpoint::kEmbeddings)),
            "ok");
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","input":["a"],"dimensions":3})", Endpoint::kEmbeddings)),
            R"(extra_forbidden ["body","dimensions"])");
  EXPECT_EQ(IssueOf(Mistral(R"({"model":"m","input":[1,2]})", Endpoint::kEmbeddings)),
            R"(string_type ["body","input",0])");
}

TEST(OpenAiSchemaTest, TakesWhatOpenAiTakesAndNamesTheBadParameter) {
  const auto check = [](std::string_view body) {
    return CheckRequest(Provider::kOpenAi, Endpoint::kChat, json::parse(std::string(body)));
  };
  EXPECT_FALSE(check(ChatWith(R"("seed":1,"user":"u","stream_options":{"include_usage":true},"logit_bias":{},
      "store":false,"anything":1,"temperature":2)")));
  EXPECT_FALSE(
      check(ChatOf(R"({"role":"developer","content":"d"},{"role":"user","content":"x","name":"n"})")));
  const auto range = check(ChatWith(R"("temperature":3)"));
  ASSERT_TRUE(range);
  EXPECT_EQ(range->status, 400);
  EXPECT_EQ(json::parse(range->body).at("error").at("param"), "temperature");
  const auto role = check(ChatOf(R"({"role":"robot","content":"x"})"));
  ASSERT_TRUE(role);
  EXPECT_EQ(json::parse(role->body).at("error").at("param"), "messages[0].role");
  const auto missing = check(R"({"model":"m"})");
  ASSERT_TRUE(missing);
  EXPECT_EQ(json::parse(missing->body).at("error").at("code"), "missing_required_parameter");
  EXPECT_TRUE(check(R"({"model":"m","messages":[]})"));
}

}  // namespace
}  // namespace portcullis::sim
