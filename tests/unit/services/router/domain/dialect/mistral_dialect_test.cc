// OpenAI's requests as Mistral takes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "services/router/domain/dialect/mistral_rules.h"
#include "services/router/domain/dialect/tool_call_id.h"
#include "tests/unit/services/router/domain/dialect/dialect_testing.h"

namespace portcullis::router {
namespace {

using test::Adapt;
using test::Adapted;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr DialectOptions kRefuse{Dialect::kMistral, OnUnsupported::kRefuse};
constexpr DialectOptions kDrop{Dialect::kMistral, OnUnsupported::kDrop};
constexpr DialectOptions kPass{Dialect::kMistral, OnUnsupported::kPass};

// A body with `fields` beside the model and one message.
std::string Body(std::string_view fields) {
  return std::string(R"({"model":"m","messages":[{"role":"user","content":"hi"}])") +
         (fields.empty() ? "" : ",") + std::string(fields) + "}";
}

std::string With(const DialectOptions& options, std::string_view fields) {
  const Adapted adapted = Adapt(options, Body(fields));
  return adapted.refusal ? "refused: " + adapted.refusal->param : adapted.body;
}

std::string Messages(std::string_view messages) {
  return std::string(R"({"model":"m","messages":[)") + std::string(messages) + "]}";
}

TEST(MistralDialect, WhatMistralHasStaysByteForByte) {
  const std::string body =
      R"({ "model" : "m", "messages":[ {"role":"system","content":"\u0041"},{"role":"user","content":[{"type":"text","text":"x"},)"
      R"({"type":"image_url","image_url":{"url":"https://x","detail":"low"}}]} ],"temperature":1.5,"logprobs":true,)"
      R"("top_logprobs":2,"metadata":{"a":1},"parallel_tool_calls":false,"n":2,"stop":["a"],"top_k":4,"own":{"x":[1]}})";
  const Adapted adapted = Adapt(kRefuse, body);
  EXPECT_FALSE(adapted.changed);
  EXPECT_THAT(adapted.dropped, IsEmpty());
}

TEST(MistralDialect, OnlyOtherDialectsLeaveARequestAlone) {
  EXPECT_FALSE(
      Adapt({Dialect::kOpenAi, OnUnsupported::kRefuse}, Body(R"("seed":1,"verbosity":"low")")).changed);
}

TEST(MistralDialect, FieldsGetMistralsNames) {
  EXPECT_EQ(With(kRefuse, R"("max_completion_tokens":5)"), Body(R"("max_tokens":5)"));
  EXPECT_EQ(With(kRefuse, R"("seed": -7)"), Body(R"("random_seed": 7)"));
  EXPECT_EQ(With(kRefuse, R"("tool_choice":"required")"), Body(R"("tool_choice":"any")"));
  EXPECT_EQ(With(kRefuse, R"("service_tier":"default")"), Body(R"("service_tier":"standard_only")"));
}

TEST(MistralDialect, OfTwoLimitsTheSmallerGoes) {
  EXPECT_EQ(With(kRefuse, R"("max_tokens":9,"max_completion_tokens":5)"), Body(R"("max_tokens":5)"));
  EXPECT_EQ(With(kRefuse, R"("max_completion_tokens":50,"max_tokens":9)"), Body(R"("max_tokens":9)"));
  EXPECT_EQ(With(kRefuse, R"("max_completion_tokens":50,"max_tokens":null)"), Body(R"("max_tokens":50)"));
}

TEST(MistralDialect, WhatTheGatewayDoesItselfIsNotSent) {
  const std::string fields =
      R"("stream_options":{"include_usage":true},"user":"u","store":false,"response_format":null,"tool_choice":null,)"
      R"("logit_bias":{},"modalities":["text"],"functions":[],"function_call":null,"verbosity":null)";
  const Adapted adapted = Adapt(kRefuse, Body(fields));
  EXPECT_EQ(adapted.body, Body(""));
  EXPECT_THAT(adapted.dropped, IsEmpty());
}

TEST(MistralDialect, WhatDoesNotChangeTheAnswerIsDroppedAndTold) {
  const Adapted adapted =
      Adapt(kRefuse, Body(R"("store":true,"safety_identifier":"x","service_tier":"flex")"));
  EXPECT_EQ(adapted.body, Body(""));
  EXPECT_THAT(adapted.dropped, ElementsAre("store", "safety_identifier", "service_tier"));
}

TEST(MistralDialect, WhatChangesTheMeaningIsRefusedDroppedOrPassed) {
  for (const char* field : {R"("verbosity":"low")", R"("web_search_options":{})", R"("logit_bias":{"5":1})",
                            R"("modalities":["text","audio"])", R"("audio":{"voice":"x"})",
                            R"("prediction":{"type":"content","content":[{"type":"text","text":"x"}]})",
                            R"("tool_choice":{"type":"allowed_tools","allowed_tools":{}})"}) {
    const Adapted refused = Adapt(kRefuse, Body(field));
    ASSERT_TRUE(refused.refusal) << field;
    EXPECT_THAT(field, HasSubstr("\"" + refused.refusal->param + "\""));
    EXPECT_THAT(refused.refusal->message,
                HasSubstr("`" + refused.refusal->param + "` cannot be honoured by Mistral"));
    const Adapted dropped = Adapt(kDrop, Body(field));
    EXPECT_EQ(dropped.body, Body("")) << field;
    EXPECT_THAT(dropped.dropped, ElementsAre(refused.refusal->param));
    EXPECT_FALSE(Adapt(kPass, Body(field)).changed) << field;
  }
}

TEST(MistralDialect, ATemperatureThatMistralDoesNotReachIsClampedOnlyWhenAllowed) {
  EXPECT_EQ(With(kRefuse, R"("temperature":1.6)"), "refused: temperature");
  EXPECT_EQ(With(kDrop, R"("temperature":2)"), Body(R"("temperature":1.5)"));
  EXPECT_EQ(With(kPass, R"("temperature":2)"), Body(R"("temperature":2)"));
  EXPECT_EQ(With(kRefuse, R"("temperature":0.2e1)"), "refused: temperature");
  EXPECT_EQ(With(kRefuse, R"("temperature":1.5)"), Body(R"("temperature":1.5)"));
}

TEST(MistralDialect, WhatMakesNoSenseWithoutItIsRefusedEvenWhenDroppingIsAllowed) {
  for (const DialectOptions& options : {kRefuse, kDrop}) {
    EXPECT_EQ(With(options, R"("functions":[{"name":"f"}])"), "refused: functions");
    EXPECT_EQ(Adapt(options,
                    Messages(R"({"role":"user","content":"a"},{"role":"function","name":"f","content":"x"})"))
                  .refusal->param,
              "messages[1].role");
    EXPECT_EQ(
        With(options,
             R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"custom"}])"),
        "refused: tools[1].type");
    EXPECT_EQ(
        Adapt(options, Messages(R"({"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]})"))
            .refusal->param,
        "messages[0].content[0].file");
  }
}

TEST(MistralDialect, RolesAndNames) {
  const Adapted adapted = Adapt(
      kRefuse, Messages(R"({"role":"developer","content":"d"},{"role":"user","name":"ann","content":"u"})"));
  EXPECT_EQ(adapted.body, Messages(R"({"role":"system","content":"d"},{"role":"user","content":"u"})"));
  EXPECT_THAT(adapted.dropped, ElementsAre("messages.name"));
}

TEST(MistralDialect, AnAssistantAtTheEndIsAPrefix) {
  EXPECT_EQ(
      Adapt(kRefuse, Messages(R"({"role":"user","content":"u"},{"role":"assistant","content":"Sure"})")).body,
      Messages(R"({"role":"user","content":"u"},{"prefix":true,"role":"assistant","content":"Sure"})"));
  const std::string in_between = Messages(
      R"({"role":"user","content":"u"},{"role":"assistant","content":"x"},{"role":"user","content":"v"})");
  EXPECT_FALSE(Adapt(kRefuse, in_between).changed);
  const std::string said =
      Messages(R"({"role":"user","content":"u"},{"role":"assistant","content":"x","prefix":false})");
  EXPECT_FALSE(Adapt(kRefuse, said).changed);
}

TEST(MistralDialect, AnAnswerOfTheSdkCanBeSentBackAsHistory) {
  const std::string dumped =
      R"({"content":"four","refusal":null,"role":"assistant","annotations":[],"audio":null,"function_call":null,"tool_calls":null})";
  const Adapted adapted = Adapt(kRefuse, Messages(R"({"role":"user","content":"2+2"},)" + dumped +
                                                  R"(,{"role":"user","content":"why"})"));
  EXPECT_EQ(
      adapted.body,
      Messages(
          R"({"role":"user","content":"2+2"},{"content":"four","role":"assistant"},{"role":"user","content":"why"})"));
  EXPECT_THAT(adapted.dropped, IsEmpty());
}

TEST(MistralDialect, ARefusalIsWhatWasSaid) {
  const Adapted adapted = Adapt(
      kRefuse,
      Messages(
          R"({"role":"user","content":"u"},{"role":"assistant","content":null,"refusal":"no"},)"
          R"({"role":"user","content":"u"},{"role":"assistant","content":[{"type":"refusal","refusal":"never"}]},)"
          R"({"role":"user","content":"u"})"));
  const auto messages = adapted.json()["messages"];
  EXPECT_EQ(messages[1], nlohmann::json::parse(R"({"role":"assistant","content":"no"})"));
  EXPECT_EQ(messages[3]["content"][0], nlohmann::json::parse(R"({"type":"text","text":"never"})"));
}

TEST(MistralDialect, ToolCallIdsOfAnyFormBecomeNineCharactersThatStillBelongTogether) {
  for (const std::string id :
       {"call_abcdefghijklmnopqrstuvwx", "toolu_01", "x", "with \\\"quotes\\\" and \\u00e9", ""}) {
    const Adapted adapted = Adapt(
        kRefuse,
        Messages(
            R"({"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":")" + id +
            R"(","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":")" +
            id + R"(","content":"r"})"));
    const auto messages = adapted.json()["messages"];
    const std::string call = messages[1]["tool_calls"][0]["id"];
    EXPECT_TRUE(IsMistralToolCallId(call)) << call;
    EXPECT_EQ(messages[2]["tool_call_id"], call);
  }
  const std::string own = R"({"role":"tool","tool_call_id":"aB3dE6gH9","content":"r"})";
  EXPECT_FALSE(Adapt(kRefuse, Messages(own)).changed);
}

TEST(ToolCallId, DiffersAndStaysTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 100'000; ++i) seen.insert(MistralToolCallId("call_" + std::to_string(i)));
  EXPECT_EQ(seen.size(), 100'000u);
  EXPECT_EQ(MistralToolCallId("call_1"), MistralToolCallId("call_1"));
  EXPECT_FALSE(IsMistralToolCallId("aB3dE6gH"));
  EXPECT_FALSE(IsMistralToolCallId("aB3dE6gH-"));
}

TEST(MistralDialect, ToolsHaveWhatMistralDemands) {
  EXPECT_EQ(
      With(kRefuse,
           R"("tools":[{"type":"function","function":{"name":"f","description":null,"strict":null}}])"),
      Body(
          R"("tools":[{"type":"function","function":{"parameters":{"type":"object","properties":{}},"name":"f"}}])"));
}

TEST(MistralDialect, AudioIsItsData) {
  const Adapted adapted = Adapt(
      kRefuse,
      Messages(
          R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]})"));
  EXPECT_EQ(adapted.json()["messages"][0]["content"][0]["input_audio"], "QUJD");
}

TEST(MistralDialect, EmbeddingsAndFim) {
  const auto embeddings = [](std::string_view body) { return Adapt(kRefuse, body, Operation::kEmbeddings); };
  EXPECT_EQ(embeddings(R"({"model":"m","input":"x","dimensions":8,"user":"u"})").body,
            R"({"model":"m","input":"x","output_dimension":8})");
  EXPECT_EQ(embeddings(R"({"model":"m","input":[1,2]})").refusal->param, "input");
  EXPECT_EQ(embeddings(R"({"model":"m","input":[[1,2]]})").refusal->param, "input");
  EXPECT_FALSE(embeddings(R"({"model":"m","input":["a","b"],"encoding_format":"base64"})").changed);
  EXPECT_EQ(
      Adapt(kRefuse, R"({"model":"m","prompt":"x","seed":3,"user":"u"})", Operation::kFimCompletions).body,
      R"({"model":"m","prompt":"x","random_seed":3})");
}

TEST(MistralRules, EachActsOnAFieldAndSaysWhy) {
  for (const auto& rules : MistralRules().of) {
    for (const RewriteRule& rule : rules) {
      EXPECT_FALSE(rule.field.empty());
      EXPECT_FALSE(rule.reason.empty()) << rule.field;
      EXPECT_NE(rule.test, nullptr) << rule.field;
    }
  }
}

}  // namespace
}  // namespace portcullis::router
