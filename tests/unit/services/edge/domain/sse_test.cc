#include "services/edge/domain/sse.h"

#include <gtest/gtest.h>

#include <vector>

namespace portcullis::edge {
namespace {

std::vector<std::string> Parse(const std::vector<std::string_view>& chunks, size_t limit = 1000) {
  SseParser parser(limit);
  std::vector<std::string> events;
  for (std::string_view chunk : chunks) {
    const absl::Status status = parser.Feed(chunk, [&](std::string_view data) {
      events.emplace_back(data);
      return absl::OkStatus();
    });
    if (!status.ok()) events.push_back(status.ToString());
  }
  return events;
}

TEST(SseParserTest, TakesEveryLineEnding) {
  for (std::string_view text :
       {"data: a\n\ndata: b\n\n", "data: a\r\n\r\ndata: b\r\n\r\n", "data: a\r\rdata: b\r\r"}) {
    EXPECT_EQ(Parse({text}), (std::vector<std::string>{"a", "b"})) << text;
  }
}

TEST(SseParserTest, JoinsDataLinesAndDropsTheRest) {
  EXPECT_EQ(Parse({": ping\nevent: x\nid: 7\ndata: a\ndata:b\nretry: 1\n\n: end\n\n"}),
            (std::vector<std::string>{"a\nb"}));
}

TEST(SseParserTest, DoesNotDependOnHowTheBytesAreSplit) {
  const std::string text = "data: {\"a\":\"h\u00e9\"}\r\n\r\n: c\r\ndata: [DONE]\r\n\r\n";
  const std::vector<std::string> whole = Parse({text});
  ASSERT_EQ(whole.size(), 2u);
  for (size_t at = 0; at <= text.size(); ++at) {
    EXPECT_EQ(Parse({std::string_view(text).substr(0, at), std::string_view(text).substr(at)}), whole) << at;
  }
}

TEST(SseParserTest, KnowsWhetherAnEventIsOpen) {
  SseParser parser(1000);
  const auto ignore = [](std::string_view) { return absl::OkStatus(); };
  ASSERT_TRUE(parser.Feed("data: a\n", ignore).ok());
  EXPECT_TRUE(parser.InEvent());
  ASSERT_TRUE(parser.Feed("\n", ignore).ok());
  EXPECT_FALSE(parser.InEvent());
}

TEST(SseParserTest, BoundsAnEvent) {
  EXPECT_EQ(Parse({"data: ", std::string(90, 'x'), std::string(90, 'x')}, 100)[0].substr(0, 18),
            "RESOURCE_EXHAUSTED");
}

}  // namespace
}  // namespace portcullis::edge
