#include "services/edge/domain/axonflow/bodies.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/edge/domain/axonflow/chat_body.h"

namespace portcullis::edge {
namespace {

ProxyBody Proxy(std::string_view text) {
  ProxyBody body;
  EXPECT_EQ(ReadProxyBody(text, {}, &body), std::nullopt);
  return body;
}

std::string Wrong(std::string_view text) {
  ProxyBody body;
  return ReadProxyBody(text, {}, &body).value_or("nothing");
}

TEST(ProxyBody, ReadsWhatIsThere) {
  const ProxyBody body = Proxy(R"({"query":"a\n\"b\"","client_id":"c","request_type":"chat","skip_llm":true,
    "context":{"provider":"mistral","model":"m","max_tokens":500.0,"temperature":0.5,"system_prompt":"s"},
    "media":[{"mime_type":"image/png","base64_data":"AA=="}],"stream":true,"later":[null]})");
  EXPECT_EQ(body.query, "a\n\"b\"");
  EXPECT_EQ(body.client_id, "c");
  EXPECT_EQ(body.provider, "mistral");
  EXPECT_EQ(body.max_tokens, 500u);
  EXPECT_EQ(body.temperature, 0.5);
  EXPECT_EQ(body.media.at(0).base64, "AA==");
  EXPECT_TRUE(body.skip_llm && body.stream);
}

TEST(ProxyBody, NullIsAsIfItWereNotThere) {
  const ProxyBody body =
      Proxy(R"({"query":"q","client_id":null,"context":null,"media":null,"skip_llm":null})");
  EXPECT_EQ(body.client_id, "");
  EXPECT_EQ(body.max_tokens, std::nullopt);
}

TEST(ProxyBody, SaysWhatIsWrong) {
  EXPECT_EQ(Wrong("nope"), "Invalid request body");
  EXPECT_EQ(Wrong("3"), "Invalid request body");
  EXPECT_EQ(Wrong("{}"), "query field is required");
  EXPECT_EQ(Wrong(R"({"query":[]})"), "query must be a string");
  EXPECT_EQ(Wrong(R"({"query":"q","context":{"max_tokens":-1}})"),
            "context.max_tokens must be a whole number, 0 or more");
  EXPECT_EQ(Wrong(R"({"query":"q","context":{"max_tokens":1e12}})"),
            "context.max_tokens must be less than 4294967296");
  EXPECT_EQ(Wrong(R"({"query":"q","context":{"temperature":1e999}})"),
            "context.temperature must be a number");
  EXPECT_EQ(Wrong(R"({"query":"q","media":[{"url":"u","base64_data":"A"}]})"),
            "media[0].url must be there, or base64_data, and not both");
}

TEST(PreCheckBody, ReadsDataSources) {
  PreCheckBody body;
  ASSERT_EQ(ReadPreCheckBody(R"({"query":"q","data_sources":["a","b"]})", {}, &body), std::nullopt);
  EXPECT_EQ(body.data_sources, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ReadPreCheckBody(R"({"query":"q","context":7})", {}, &body), "context must be an object");
}

TEST(LlmCallBody, NeedsContextProviderAndModel) {
  LlmCallBody body;
  EXPECT_EQ(ReadLlmCallBody(R"({"context_id":"c","provider":"p"})", {}, &body), "model field is required");
  ASSERT_EQ(ReadLlmCallBody(R"({"context_id":"c","provider":"p","model":"m","latency_ms":7,
                                "token_usage":{"prompt_tokens":1,"completion_tokens":2}})",
                            {}, &body),
            std::nullopt);
  EXPECT_EQ(body.prompt_tokens + body.completion_tokens + body.latency_ms, 10u);
}

TEST(CheckOutputBody, NeedsAMessageOrData) {
  const auto read = [](const char* text, CheckOutputBody* body) {
    return ReadCheckOutputBody(text, {}, body).value_or("");
  };
  CheckOutputBody body;
  EXPECT_EQ(read(R"({"connector_type":"pg","response_data":[{"a": 1}],"message":null,"row_count":1})", &body),
            "");
  EXPECT_EQ(body.response_data, R"([{"a": 1}])");
  EXPECT_EQ(read(R"({"message":"5 rows"})", &body), "");
  EXPECT_EQ(body.message, "5 rows");
  CheckOutputBody none;
  EXPECT_EQ(read("{}", &none), "response_data or message field is required");
  EXPECT_EQ(read(R"({"message":"","response_data":null})", &none),
            "response_data or message field is required");
  EXPECT_EQ(read(R"({"response_data":"x"})", &none), "response_data must be an array or an object");
  EXPECT_EQ(read(R"({"message":1})", &none), "message must be a string");
  EXPECT_EQ(read("[1]", &none), "Invalid request body");
}

TEST(AnswerBody, HoldsAnOutputAndGivesItBack) {
  const CheckOutputBody given = {"say \"hi\"\n", R"([{"a":"x\"y"}])"};
  const CheckOutputBody back = OutputOf(AnswerBody(given));
  EXPECT_EQ(back.message, given.message);
  EXPECT_EQ(back.response_data, given.response_data);
  EXPECT_EQ(OutputOf(AnswerBody({"m", ""})).response_data, "");
  EXPECT_EQ(OutputOf("nope").message, "");
  EXPECT_EQ(QueryOf(ChatBody("a \"query\"")), "a \"query\"");
  EXPECT_EQ(QueryOf("[]"), "");
}

TEST(WeightsBody, AreSharesOfAHundred) {
  router::TargetWeights weights;
  EXPECT_FALSE(ReadWeightsBody(R"({"weights":{"a":70,"b":30.5,"c":0}})", {}, false, &weights));
  EXPECT_EQ(weights, (router::TargetWeights{{"a", 70}, {"b", 30.5}, {"c", 0.001}}));
  router::TargetWeights fractions;
  EXPECT_FALSE(ReadWeightsBody(R"({"a":0.25,"b":0.75})", {}, true, &fractions));
  EXPECT_EQ(fractions, (router::TargetWeights{{"a", 25}, {"b", 75}}));
}

TEST(WeightsBody, SaysWhatIsWrong) {
  const auto wrong = [](const char* body, bool fractions = false) {
    router::TargetWeights weights;
    return ReadWeightsBody(body, {}, fractions, &weights).value_or("");
  };
  EXPECT_EQ(wrong("[]"), "Invalid request body");
  EXPECT_EQ(wrong(R"({"a":70})"), "weights must be an object");
  EXPECT_EQ(wrong(R"({"weights":[1]})"), "weights must be an object");
  EXPECT_EQ(wrong(R"({"weights":{"a":"1"}})"), "weights.a must be a number from 0 to 1000000");
  EXPECT_EQ(wrong(R"({"weights":{"a":-1}})"), "weights.a must be a number from 0 to 1000000");
  EXPECT_EQ(wrong(R"({"weights":{"a":null}})"), "weights.a must be a number from 0 to 1000000");
  EXPECT_EQ(wrong(R"({"weights":{"a":0}})"), "weights must give one provider more than 0");
  EXPECT_EQ(wrong(R"({"weights":{}})"), "weights must give one provider more than 0");
  EXPECT_EQ(wrong(R"({"a":2})", true), "weights.a must be a number from 0 to 1");
  EXPECT_EQ(wrong(R"({"a":0.6,"b":0.6})", true), "weights must sum up to at most 1");
}

TEST(ChatBody, AddsNothingThatNobodySaid) {
  EXPECT_EQ(ChatBody("say \"x\""), R"({"messages":[{"role":"user","content":"say \"x\""}]})");
  ProxyBody body;
  body.query = "q";
  EXPECT_EQ(ChatBody(body), R"({"messages":[{"role":"user","content":"q"}]})");
}

TEST(ChatBody, HoldsEverythingThatWasSaid) {
  ProxyBody body;
  body.query = "q";
  body.model = "m";
  body.system_prompt = "s";
  body.max_tokens = 7;
  body.temperature = 0.1;
  body.stream = true;
  body.media = {{"image/png", "", "AA=="}, {"", "https://images.test/a.png", ""}};
  const auto chat = nlohmann::json::parse(ChatBody(body));
  EXPECT_EQ(chat["model"], "m");
  EXPECT_EQ(chat["messages"][0]["content"], "s");
  EXPECT_EQ(chat["messages"][1]["content"][0]["text"], "q");
  EXPECT_EQ(chat["messages"][1]["content"][1]["image_url"]["url"], "data:image/png;base64,AA==");
  EXPECT_EQ(chat["messages"][1]["content"][2]["image_url"]["url"], "https://images.test/a.png");
  EXPECT_EQ(chat["max_tokens"], 7);
  EXPECT_EQ(chat["temperature"], 0.1);
  EXPECT_EQ(chat["stream"], true);
}

}  // namespace
}  // namespace portcullis::edge
