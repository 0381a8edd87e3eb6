#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "apps/sim/simulator.h"
#include "apps/sim/text.h"
#include "tests/unit/apps/sim/client.h"

namespace portcullis::sim {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

class StreamTest : public ::testing::Test {
 protected:
  Response Stream(std::string_view path, std::string_view user, std::string_view more = "",
                  const Headers& headers = {}) {
    std::string all = R"("stream":true)";
    if (!more.empty()) all += "," + std::string(more);
    return Client(simulator_->port()).Post(path, Chat(user, all), headers);
  }

  const std::unique_ptr<Simulator> simulator_ = *Simulator::Start({});
};

std::vector<std::string> Deltas(const Response& response) {
  std::vector<std::string> deltas;
  for (const std::string& event : response.Events()) {
    if (event == "[DONE]") continue;
    const json::value chunk = json::parse(event);
    const json::value* content =
        chunk.at("choices").as_array().empty()
            ? nullptr
            : chunk.at("choices").at(0).at("delta").as_object().if_contains("content");
    if (content != nullptr && content->is_string()) deltas.emplace_back(content->get_string());
  }
  return deltas;
}

TEST_F(StreamTest, MistralsShape) {
  const Response response = Stream("/v1/chat/completions", "say: one two");
  EXPECT_EQ(response.headers.at("content-type"), "text/event-stream; charset=utf-8");
  const std::vector<std::string> events = response.Events();
  ASSERT_EQ(events.size(), 5U);
  const json::value first = json::parse(events[0]);
  EXPECT_EQ(first.at("object"), "chat.completion.chunk");
  EXPECT_EQ(first.at("choices").at(0).at("delta"), json::value({{"role", "assistant"}, {"content", ""}}));
  EXPECT_TRUE(first.at("choices").at(0).at("finish_reason").is_null());
  EXPECT_FALSE(first.as_object().contains("usage"));
  const json::value last = json::parse(events[3]);
  EXPECT_EQ(last.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(last.at("usage").at("completion_tokens"), 2);
  EXPECT_EQ(last.at("usage").at("total_tokens"), last.at("usage").at("prompt_tokens").to_number<int>() + 2);
  EXPECT_EQ(events[4], "[DONE]");
  EXPECT_THAT(Deltas(response), ElementsAre("", "one", " two", ""));
}

TEST_F(StreamTest, OpenAisUsageOnlyOnRequestAndWithoutChoices) {
  const Response without = Stream("/openai/v1/chat/completions", "say: one");
  EXPECT_EQ(without.body.find("usage"), std::string::npos);
  const auto events =
      Stream("/openai/v1/chat/completions", "say: one", R"("stream_options":{"include_usage":true})")
          .Events();
  ASSERT_EQ(events.size(), 5U);
  EXPECT_TRUE(json::parse(events[0]).at("usage").is_null());
  const json::value usage = json::parse(events[3]);
  EXPECT_TRUE(usage.at("choices").as_array().empty());
  EXPECT_EQ(usage.at("usage").at("completion_tokens"), 1);
}

TEST_F(StreamTest, ChunkSizeNeverSplitsACodePoint) {
  const std::string text = "a\xC3\xA9\xF0\x9F\x8E\x89z";
  const Response one = Stream("/v1/chat/completions", "say: " + text, "", {{"x-sim-chunk", "1"}});
  EXPECT_THAT(Deltas(one), ElementsAre("", "a", "\xC3\xA9", "\xF0\x9F\x8E\x89", "z", ""));
  const Response four = Stream("/v1/chat/completions", "chunk: 4\nsay: " + text);
  EXPECT_THAT(Deltas(four), ElementsAre("", "a\xC3\xA9", "\xF0\x9F\x8E\x89", "z", ""));
  const Response all = Stream("/v1/chat/completions", "chunk: 1000\nsay: " + text);
  EXPECT_THAT(Deltas(all), ElementsAre("", text, ""));
}

TEST_F(StreamTest, PacketSizeSplitsTheWrites) {
  const Response whole = Stream("/v1/chat/completions", "say: h\xC3\xA9llo");
  const Response split = Stream("/v1/chat/completions", "say: h\xC3\xA9llo", "", {{"x-sim-packet", "100"}});
  EXPECT_EQ(StreamedContent(split), "h\xC3\xA9llo");
  EXPECT_GT(split.reads, whole.reads);
  EXPECT_GE(split.reads, 5U);
}

TEST_F(StreamTest, ToolCallsInPieces) {
  std::string arguments;
  std::string reason;
  int pieces = 0;
  for (const std::string& event :
       Stream("/openai/v1/chat/completions", R"(tool: look {"city":"Paris","unit":"celsius"})").Events()) {
    if (event == "[DONE]") continue;
    const json::value choice = json::parse(event).at("choices").at(0);
    if (choice.at("finish_reason").is_string()) reason = choice.at("finish_reason").as_string();
    if (const json::value* calls = choice.at("delta").as_object().if_contains("tool_calls")) {
      arguments += calls->at(0).at("function").at("arguments").as_string();
      EXPECT_EQ(calls->at(0).as_object().contains("id"), pieces == 0);
      ++pieces;
    }
  }
  EXPECT_EQ(arguments, R"({"city":"Paris","unit":"celsius"})");
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(reason, "tool_calls");
}

TEST_F(StreamTest, MistralSendsAToolCallWhole) {
  const auto events = Stream("/v1/chat/completions", R"(tool: look {"a":1})").Events();
  const json::value call = json::parse(events[1]).at("choices").at(0).at("delta").at("tool_calls").at(0);
  EXPECT_EQ(call.at("function"), json::value({{"name", "look"}, {"arguments", R"({"a":1})"}}));
  EXPECT_EQ(call.at("id").as_string().size(), 9U);
}

TEST_F(StreamTest, InterleavesChoices) {
  std::vector<int> order;
  for (const std::string& event : Stream("/openai/v1/chat/completions", "say: a b", R"("n":2)").Events()) {
    if (event == "[DONE]") continue;
    order.push_back(json::parse(event).at("choices").at(0).at("index").to_number<int>());
  }
  EXPECT_THAT(order, ElementsAre(0, 1, 0, 1, 0, 1, 0, 1));
}

TEST_F(StreamTest, ReasoningInItsFieldOrAsPart) {
  const auto field = Stream("/v1/chat/completions", "think: why\nsay: so").Events();
  EXPECT_EQ(json::parse(field[1]).at("choices").at(0).at("delta"),
            json::value({{"reasoning_content", "why"}}));
  const auto part = Stream("/v1/chat/completions", "thinking: why\nsay: so").Events();
  EXPECT_EQ(json::parse(part[1]).at("choices").at(0).at("delta"),
            json::parse(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"why"}]}]})"));
}

TEST_F(StreamTest, MaxTokensEndsWithLength) {
  const Response response = Stream("/v1/chat/completions", "say: a b c d", R"("max_tokens":2)");
  EXPECT_EQ(StreamedContent(response), "a b");
  const auto events = response.Events();
  EXPECT_EQ(json::parse(events[events.size() - 2]).at("choices").at(0).at("finish_reason"), "length");
}

TEST_F(StreamTest, AnHttp10PeerGetsAnUnframedStream) {
  const std::string body = Chat("say: a", R"("stream":true)");
  Client client(simulator_->port());
  client.SendRaw("POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer k\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);
  const Response response = client.Read();
  EXPECT_TRUE(response.closed);
  EXPECT_FALSE(response.headers.contains("transfer-encoding"));
  EXPECT_EQ(response.Events().back(), "[DONE]");
}

TEST_F(StreamTest, FimStreamsToo) {
  const Response response =
      Client(simulator_->port())
          .Post("/v1/fim/completions",
                R"({"model":"codestral-latest","prompt":"def f():\n","suffix":"x","stream":true})");
  EXPECT_EQ(StreamedContent(response), "    return 2\n");
}

}  // namespace
}  // namespace portcullis::sim
