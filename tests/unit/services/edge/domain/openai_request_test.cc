#include "services/edge/domain/openai_request.h"

#include <gtest/gtest.h>

namespace portcullis::edge {
namespace {

std::string CodeOf(std::string_view body, router::Operation operation = router::Operation::kChatCompletions,
                   RequestLimits limits = {}) {
  json::Tape tape;
  RequestFacts facts;
  const auto error = ParseRequest(operation, body, limits, &tape, &facts);
  return error ? error->code : "";
}

TEST(ParseRequestTest, ReadsTheFacts) {
  const std::string body =
      R"({"messages":[{"role":"user","content":"hi"}],"model":"m\u0031","stream":true,"n":3,"user":"u",)"
      R"("max_tokens":5,"max_completion_tokens":9,"x":1e999})";
  json::Tape tape;
  RequestFacts facts;
  ASSERT_FALSE(ParseRequest(router::Operation::kChatCompletions, body, {}, &tape, &facts));
  EXPECT_EQ(facts.model, "m1");
  EXPECT_EQ(body.substr(facts.model_begin, facts.model_end - facts.model_begin), R"("m\u0031")");
  EXPECT_TRUE(facts.stream);
  EXPECT_EQ(facts.choices, 3u);
  EXPECT_EQ(facts.max_output_tokens, 9u);
  EXPECT_EQ(facts.user, "u");
}

TEST(ParseRequestTest, TellsWhatIsWrong) {
  EXPECT_EQ(CodeOf(""), "empty_body");
  EXPECT_EQ(CodeOf("{"), "invalid_json");
  EXPECT_EQ(CodeOf("[]"), "invalid_json");
  EXPECT_EQ(CodeOf("{\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}"), "invalid_json");
  EXPECT_EQ(CodeOf(R"({"model":"m"})"), "missing_field");
  EXPECT_EQ(CodeOf(R"({"messages":{}})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[]})"), "empty_messages");
  EXPECT_EQ(CodeOf(R"({"messages":["x"]})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"content":"x"}]})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"stream":"yes"})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"n":-1})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"max_tokens":1e999})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"model":7})"), "invalid_type");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"model":")" + std::string(300, 'm') + "\"}"),
            "invalid_value");
}

TEST(ParseRequestTest, RefusesDuplicatesOfControlKeysHoweverTheyAreWritten) {
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"model":"a","mod\u0065l":"b"})"), "duplicate_key");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"messages":[]})"), "duplicate_key");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user","role":"system"}]})"), "duplicate_key");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user","content":"a","content":"b"}]})"), "duplicate_key");
  EXPECT_EQ(CodeOf(R"({"messages":[{"role":"user"}],"x":1,"x":2})"), "");
}

TEST(ParseRequestTest, HoldsItsLimits) {
  const RequestLimits limits{.max_json_depth = 8, .max_messages = 2};
  const std::string message = R"({"role":"user"})";
  const auto chat = router::Operation::kChatCompletions;
  EXPECT_EQ(CodeOf("{\"messages\":[" + message + "," + message + "]}", chat, limits), "");
  EXPECT_EQ(CodeOf("{\"messages\":[" + message + "," + message + "," + message + "]}", chat, limits),
            "too_many_messages");
  EXPECT_EQ(CodeOf("{\"x\":" + std::string(9, '[') + std::string(9, ']') + "}", chat, limits),
            "json_too_complex");
}

TEST(ParseRequestTest, AsksOtherOperationsForTheirOwnFields) {
  EXPECT_EQ(CodeOf(R"({"prompt":"x"})", router::Operation::kFimCompletions), "");
  EXPECT_EQ(CodeOf(R"({"input":"x"})", router::Operation::kFimCompletions), "missing_field");
  EXPECT_EQ(CodeOf(R"({"input":["x"]})", router::Operation::kEmbeddings), "");
}

// The counts are those of Mistral's tokenizer "tekken" (tools/measure_token_estimate.py) for the texts of
// docs/providers/cost.md, which states the error.
TEST(EstimateTokensTest, ItsErrorIsTheOneThatIsStated) {
  struct Sample {
    const char* text;
    uint64_t bytes, tokens;
    double least, greatest;  // of estimate / tokens
  };
  const Sample samples[] = {
      {"English", 545, 126, 0.8, 1.2},  {"French", 1090, 246, 0.8, 1.2},  {"German", 1025, 266, 0.8, 1.2},
      {"Japanese", 745, 215, 0.8, 1.2}, {"Chinese", 680, 245, 0.7, 0.75}, {"Russian", 1350, 206, 1.6, 1.7},
      {"Arabic", 945, 156, 1.5, 1.6},   {"Hindi", 1385, 196, 1.7, 1.8},   {"digits", 345, 345, 0.25, 0.3}};
  for (const Sample& sample : samples) {
    const double ratio = EstimateTokens(sample.bytes, 1) / static_cast<double>(sample.tokens);
    EXPECT_GE(ratio, sample.least) << sample.text;
    EXPECT_LE(ratio, sample.greatest) << sample.text;
  }
}

}  // namespace
}  // namespace portcullis::edge
