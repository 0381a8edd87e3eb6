#include "libs/http/message.h"

#include <gtest/gtest.h>

#include "libs/http/refusal.h"
#include "libs/http/response_head.h"

namespace portcullis::http {
namespace {

TEST(HeadersTest, FindsNamesInAnyCase) {
  const Headers headers{{"Content-Type", "a"}, {"X-Y", ""}, {"content-type", "b"}};
  EXPECT_EQ(headers.Get("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.Count("content-type"), 2u);
  EXPECT_EQ(headers.Get("x-y"), "");
  EXPECT_EQ(headers.Get("x"), std::nullopt);
  EXPECT_EQ(headers.GetOr("x", "none"), "none");
  EXPECT_EQ(headers[1].first, "X-Y");
}

TEST(HeadersTest, IsEmptyAfterClear) {
  Headers headers{{"a", "b"}};
  headers.Clear();
  EXPECT_TRUE(headers.empty());
  headers.Add("c", "d");
  EXPECT_EQ(headers.GetOr("c"), "d");
}

TEST(EqualsIgnoringCaseTest, FoldsLettersOnly) {
  EXPECT_TRUE(EqualsIgnoringCase("aZ-9", "Az-9"));
  EXPECT_FALSE(EqualsIgnoringCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "ab"));
}

TEST(ReasonPhraseTest, KnowsTheRegisteredOnes) {
  EXPECT_EQ(ReasonPhrase(429), "Too Many Requests");
  EXPECT_EQ(ReasonPhrase(598), "Unknown");
  EXPECT_EQ(ReasonPhrase(-1), "Unknown");
}

std::string Head(int status, const Headers& headers, const HeadFraming& framing) {
  std::string out;
  AppendHead(status, headers, framing, out);
  return out;
}

TEST(ResponseHeadTest, SaysHowTheBodyEnds) {
  EXPECT_EQ(Head(200, {{"a", "b"}}, {HeadFraming::Body::kSized, 12, true, 1, "date: d\r\n"}),
            "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 12\r\ndate: d\r\n\r\n");
  EXPECT_EQ(Head(200, {}, {HeadFraming::Body::kChunked, 0, true, 1, ""}),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
  EXPECT_EQ(Head(200, {}, {HeadFraming::Body::kToClose, 0, false, 0, ""}),
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  EXPECT_EQ(Head(304, {}, {HeadFraming::Body::kSized, 9, true, 1, ""}), "HTTP/1.1 304 Not Modified\r\n\r\n");
}

TEST(ResponseHeadTest, KeepsFramingFieldsAndNewLinesOut) {
  EXPECT_EQ(Head(200,
                 {{"Content-Length", "9"},
                  {"Transfer-Encoding", "x"},
                  {"CONNECTION", "x"},
                  {"Date", "x"},
                  {"", "x"},
                  {"a", std::string_view("1\r\n2\0", 5)}},
                 {HeadFraming::Body::kSized, 0, true, 1, ""}),
            "HTTP/1.1 200 OK\r\na: 1  2 \r\ncontent-length: 0\r\n\r\n");
}

// The example of RFC 9110, 5.6.7.
TEST(DateLineTest, IsAnImfFixdate) {
  EXPECT_EQ(DateLine(784111777), "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

TEST(PlainRefusalsTest, AnswersInOpenAisShape) {
  PlainRefusals refusals;
  const Response response =
      refusals.OnRefused({503, "too_many_connections", "Busy.", "GET", "/", "::1", true});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.GetOr("retry-after"), "1");
  EXPECT_EQ(
      response.body,
      R"({"error":{"type":"server_error","code":"too_many_connections","message":"Busy.","param":null}})");
}

}  // namespace
}  // namespace portcullis::http
