// Azure OpenAI, and asking for the usage of streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/router/domain/dialect/dialect_testing.h"

namespace portcullis::router {
namespace {

using test::Adapt;
using test::Pass;

constexpr DialectOptions kAzure{Dialect::kAzure, OnUnsupported::kRefuse, true, 4096};
constexpr DialectOptions kOpenAi{Dialect::kOpenAi, OnUnsupported::kRefuse, true, 4096};
constexpr auto kChat = Operation::kChatCompletions;

TEST(AskForUsage, OfStreamsOnly) {
  for (const DialectOptions& options : {kAzure, kOpenAi}) {
    EXPECT_EQ(Adapt(options, R"({"stream":true})", kChat, true).body,
              R"({"stream_options":{"include_usage":true},"stream":true})");
    EXPECT_EQ(Adapt(options, R"({"stream_options":null})", kChat, true).body,
              R"({"stream_options":{"include_usage":true}})");
    EXPECT_EQ(Adapt(options, R"({"stream_options":{"include_usage":false,"x":1}})", kChat, true).body,
              R"({"stream_options":{"include_usage":true,"x":1}})");
    EXPECT_EQ(Adapt(options, R"({"stream_options":{}})", kChat, true).body,
              R"({"stream_options":{"include_usage":true}})");
    EXPECT_FALSE(Adapt(options, R"({"stream_options":{"include_usage":true}})", kChat, true).changed);
    EXPECT_FALSE(Adapt(options, R"({"x":1})", kChat, false).changed);
    EXPECT_FALSE(Adapt(options, R"({"x":1})", Operation::kEmbeddings, true).changed);
  }
  EXPECT_FALSE(Adapt({Dialect::kOpenAi}, R"({"stream":true})", kChat, true).changed);
}

TEST(AzureDialect, HasNoFim) {
  EXPECT_EQ(Adapt(kAzure, "{}", Operation::kFimCompletions).refusal->message,
            "Azure OpenAI offers no FIM completions");
}

TEST(AzureAnswer, EventsOfTheFilterAloneAreLeftOut) {
  const std::string chunk =
      "data: "
      "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"prompt_filter_results\"},\"content_filter_"
      "results\":{}}]}\n\n";
  const std::string usage =
      "data: {\"choices\":[],\"prompt_filter_results\":[],\"usage\":{\"prompt_tokens\":1}}\n\n";
  const std::string stream =
      "data: {\"choices\":[],\"id\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n" + chunk +
      usage + "data: [DONE]\n\n";
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    const auto adapter = MakeAnswerAdapter(kAzure, true, 0);
    const test::PassedOn passed = Pass(*adapter, "text/event-stream", stream, {cut});
    ASSERT_TRUE(passed.status.ok());
    ASSERT_EQ(passed.bytes, chunk + usage + "data: [DONE]\n\n") << cut;
  }
}

TEST(AzureAnswer, WholeAnswersPass) {
  const auto adapter = MakeAnswerAdapter(kAzure, false, 0);
  EXPECT_EQ(Pass(*adapter, "application/json", R"({"choices":[]})").bytes, R"({"choices":[]})");
}

}  // namespace
}  // namespace portcullis::router
