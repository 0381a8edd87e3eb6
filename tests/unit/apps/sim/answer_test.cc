#include "apps/sim/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "apps/sim/embedding.h"
#include "apps/sim/schema_sample.h"
#include "apps/sim/text.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

namespace json = boost::json;

Answer AnswerTo(std::string_view body, Provider provider = Provider::kMistral, int index = 0) {
  const json::value document = json::parse(std::string(body));
  const ModelCall call = ReadChatCall(document.as_object());
  return MakeAnswer(call, ParseDirectives(call.last_user), provider, index);
}

std::string User(std::string_view text, std::string_view more = "") {
  return base::StrCat(R"({"model":"m","messages":[{"role":"user","content":)", JsonString(text), "}]", more,
                      "}");
}

constexpr std::string_view kTools = R"(,"tools":[
    {"type":"function","function":{"name":"first","parameters":{"type":"object","properties":
        {"city":{"type":"string"},"days":{"type":"integer","minimum":3},"unit":{"enum":["c","f"]},"x":{"type":"string"}},
        "required":["city","days","unit"]}}},
    {"type":"function","function":{"name":"second","parameters":{}}}])";

TEST(AnswerTest, RepeatsTheLastUserMessage) {
  EXPECT_EQ(AnswerTo(User("hello")).content, "You wrote: hello");
  EXPECT_EQ(
      AnswerTo(R"({"model":"m","messages":[{"role":"user","content":"old"},{"role":"assistant","content":"a"},
      {"role":"user","content":[{"type":"text","text":"new "},{"type":"text","text":"one"}]}]})")
          .content,
      "You wrote: new one");
  EXPECT_EQ(AnswerTo(User("hello"), Provider::kOpenAi, 1).content, "You wrote: hello (choice 2)");
}

TEST(AnswerTest, SaysExactlyWhatIsAsked) {
  const Answer answer = AnswerTo(User("Some words.\nthink: first\nthen\nsay: a  b\n\nc\nfault: ok"));
  EXPECT_EQ(answer.content, "a  b\n\nc");
  EXPECT_EQ(answer.reasoning, "first\nthen");
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(AnswerTo(User("please say: x")).content, "You wrote: please say: x");
}

TEST(AnswerTest, CallsTools) {
  const Answer told = AnswerTo(User("tool: f {\"a\": 1}\ntool: g"));
  ASSERT_EQ(told.tool_calls.size(), 2U);
  EXPECT_EQ(told.tool_calls[0].name, "f");
  EXPECT_EQ(told.tool_calls[0].arguments, R"({"a": 1})");
  EXPECT_EQ(told.tool_calls[1].arguments, "{}");
  EXPECT_NE(told.tool_calls[0].id, told.tool_calls[1].id);
  EXPECT_EQ(told.tool_calls[0].id.size(), 9U);
  EXPECT_EQ(told.finish_reason, "tool_calls");
  EXPECT_TRUE(AnswerTo(User("tool: f"), Provider::kOpenAi).tool_calls[0].id.starts_with("call_"));
}

TEST(AnswerTest, CallsTheForcedToolWithArgumentsFromItsSchema) {
  EXPECT_TRUE(AnswerTo(User("hi", kTools)).tool_calls.empty());
  EXPECT_TRUE(AnswerTo(User("hi", base::StrCat(kTools, R"(,"tool_choice":"none")"))).tool_calls.empty());
  const Answer any = AnswerTo(User("hi", base::StrCat(kTools, R"(,"tool_choice":"any")")));
  ASSERT_EQ(any.tool_calls.size(), 1U);
  EXPECT_EQ(any.tool_calls[0].arguments, R"({"city":"sample","days":3,"unit":"c"})");
  const Answer named = AnswerTo(
      User("hi", base::StrCat(kTools, R"(,"tool_choice":{"type":"function","function":{"name":"second"}})")));
  ASSERT_EQ(named.tool_calls.size(), 1U);
  EXPECT_EQ(named.tool_calls[0].name, "second");
}

TEST(AnswerTest, AnswersAfterAToolsResult) {
  const Answer answer = AnswerTo(R"({"model":"m","messages":[{"role":"user","content":"tool: f {}"},
      {"role":"assistant","tool_calls":[{"id":"abcDEF123","function":{"name":"f","arguments":"{}"}}]},
      {"role":"tool","tool_call_id":"abcDEF123","content":"42"}],"tool_choice":"any"})");
  EXPECT_TRUE(answer.tool_calls.empty());
  EXPECT_EQ(answer.content, "The tool answered: 42");
}

TEST(AnswerTest, WritesJson) {
  EXPECT_EQ(AnswerTo(User("a \"b\"", R"(,"response_format":{"type":"json_object"})")).content,
            R"({"answer":"You wrote: a \"b\""})");
  EXPECT_EQ(AnswerTo(User("a", R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
      {"type":"object","properties":{"ok":{"type":"boolean"},"list":{"type":"array","items":{"type":"null"}}},
      "required":["ok","list"]}}})"))
                .content,
            R"({"ok":true,"list":[null]})");
}

TEST(AnswerTest, KeepsMaxTokensAndStop) {
  const Answer cut = AnswerTo(User("say: one two three", R"(,"max_tokens":2)"));
  EXPECT_EQ(cut.content, "one two");
  EXPECT_EQ(cut.tokens, 2);
  EXPECT_EQ(cut.finish_reason, "length");
  EXPECT_EQ(AnswerTo(User("say: one two", R"(,"max_tokens":2)")).finish_reason, "stop");
  EXPECT_EQ(AnswerTo(User("say: one two", R"(,"max_completion_tokens":1)"), Provider::kOpenAi).content,
            "one");
  EXPECT_EQ(AnswerTo(User("say: one END two", R"(,"stop":["zzz","END"])")).content, "one ");
  EXPECT_EQ(AnswerTo(User("tool: f {\"a\": 1, \"b\": 2}", R"(,"max_tokens":3)")).finish_reason, "length");
}

TEST(AnswerTest, StartsWithTheAssistantsPrefix) {
  EXPECT_EQ(AnswerTo(R"({"model":"m","messages":[{"role":"user","content":"say: b"},
      {"role":"assistant","content":"a ","prefix":true}]})")
                .content,
            "a b");
}

TEST(SchemaSampleTest, FitsTheSchema) {
  const auto sample = [](std::string_view schema) {
    const json::value value = json::parse(std::string(schema));
    return SampleOf(value, value);
  };
  EXPECT_EQ(sample(R"({"type":"integer","minimum":5})"), 5);
  EXPECT_EQ(sample(R"({"type":"integer","minimum":0,"maximum":0})"), 0);
  EXPECT_EQ(sample(R"({"type":"integer","maximum":-2})"), -2);
  EXPECT_EQ(sample(R"({"type":"integer","exclusiveMinimum":7})"), 8);
  EXPECT_EQ(sample(R"({"type":["null","string"]})"), nullptr);
  EXPECT_EQ(sample(R"({"type":"string","minLength":10})").as_string().size(), 10U);
  EXPECT_EQ(sample(R"({"type":"string","maxLength":2})"), "sa");
  EXPECT_EQ(sample(R"({"const":{"a":1}})"), json::value({{"a", 1}}));
  EXPECT_EQ(sample(R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})"), true);
  EXPECT_EQ(sample(R"({"type":"array","items":{"type":"boolean"},"minItems":2})"), json::value({true, true}));
  EXPECT_EQ(
      sample(R"({"$defs":{"P":{"type":"boolean"}},"type":"object","properties":{"p":{"$ref":"#/$defs/P"}},
      "required":["p"]})"),
      json::value({{"p", true}}));
  EXPECT_EQ(sample(R"({"$ref":"#/nowhere"})"), nullptr);
  EXPECT_NE(json::serialize(sample(R"({"$ref":"#"})")), "");  // ends
}

TEST(EmbeddingTest, AreDeterministicUnitVectorsThatShareWords) {
  const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
    float sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  const auto cats = Embed("small grey cats", 1024);
  EXPECT_EQ(cats, Embed("small grey cats", 1024));
  EXPECT_NEAR(dot(cats, cats), 1, 1e-5);
  EXPECT_GT(dot(cats, Embed("small grey dogs", 1024)), 0.5);
  EXPECT_LT(dot(cats, Embed("tax return", 1024)), 0.3);
  EXPECT_NEAR(dot(Embed("", 8), Embed("", 8)), 1, 1e-5);
}

TEST(EmbeddingTest, Encodings) {
  const auto body = [](std::string_view more, Provider provider = Provider::kMistral) {
    const std::string text = base::StrCat(R"({"model":"sim-e","input":["a b","c"])", more, "}");
    const EmbeddingReply reply = RenderEmbeddings(provider, json::parse(text).as_object(), "id", true);
    return reply.error ? json::value(reply.error->status) : json::parse(reply.body);
  };
  const json::value floats = body(R"(,"output_dimension":8)");
  EXPECT_EQ(floats.at("data").at(1).at("embedding").as_array().size(), 8U);
  EXPECT_EQ(floats.at("usage").at("total_tokens"), 3);
  // Eight float32 make 32 bytes, 44 characters.
  EXPECT_EQ(body(R"(,"dimensions":8,"encoding_format":"base64")", Provider::kOpenAi)
                .at("data")
                .at(0)
                .at("embedding")
                .as_string()
                .size(),
            44U);
  EXPECT_EQ(body(R"(,"output_dimension":16,"output_dtype":"ubinary")")
                .at("data")
                .at(0)
                .at("embedding")
                .as_array()
                .size(),
            2U);
  EXPECT_EQ(body(R"(,"output_dimension":4097)"), 400);
}

TEST(TextTest, JsonStrings) {
  EXPECT_EQ(JsonString("a\"\\\n\t\x01\xC3\xA9"), "\"a\\\"\\\\\\n\\t\\u0001\xC3\xA9\"");
}

TEST(TextTest, Utf8) {
  EXPECT_TRUE(IsUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\x89"));
  for (const std::string_view bad :
       {"\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
  EXPECT_EQ(CodePointFloor("a\xF0\x9F\x8E\x89", 4), 1U);
  EXPECT_EQ(CodePointFloor("a\xF0\x9F\x8E\x89", 5), 5U);
}

TEST(TextTest, Tokens) {
  EXPECT_EQ(CountTokens(""), 0);
  EXPECT_EQ(CountTokens("  "), 1);
  EXPECT_EQ(CountTokens("one"), 1);
  EXPECT_EQ(CountTokens(" one  two\n"), 2);
}

TEST(TextTest, Base64) {
  EXPECT_EQ(EncodeBase64(""), "");
  EXPECT_EQ(EncodeBase64("f"), "Zg==");
  EXPECT_EQ(EncodeBase64("fo"), "Zm8=");
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace portcullis::sim
