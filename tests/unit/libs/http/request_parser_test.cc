#include "libs/http/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::http {
namespace {

constexpr ParserLimits kLimits{4096, 1 << 20};
using State = RequestParser::State;

// Offers `bytes` in the given pieces, each together with what was left over, as a connection does.
State ParsePieces(RequestParser& parser, const std::vector<std::string>& pieces, std::string& left) {
  State state = State::kNeedMore;
  for (const std::string& piece : pieces) {
    left += piece;
    if (state != State::kNeedMore) continue;
    size_t used = 0;
    state = parser.Parse(left, used);
    left.erase(0, used);
  }
  return state;
}

const std::string kChunked =
    "POST /v1/chat/completions?x=1 HTTP/1.1\r\nHost: gateway\r\nTransfer-Encoding: chunked\r\n"
    "Content-Type: application/json\r\n\r\n4\r\n{\"a\"\r\n3;e=1\r\n:1}\r\n0\r\nT: 1\r\n\r\n";
const std::string kSized = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n{\"a\":1}";

TEST(RequestParserTest, GivesTheSameForEverySplit) {
  RequestParser parser(kLimits);
  for (const std::string& bytes : {kChunked, kSized}) {
    for (size_t i = 0; i <= bytes.size(); ++i) {
      for (size_t j = i; j <= bytes.size(); j += 5) {
        Request request;
        std::string left;
        parser.Reset(request);
        ASSERT_EQ(ParsePieces(parser, {bytes.substr(0, i), bytes.substr(i, j - i), bytes.substr(j)}, left),
                  State::kComplete)
            << i << " " << j;
        ASSERT_EQ(request.body, "{\"a\":1}");
        ASSERT_GE(request.body.capacity(), request.body.size() + Request::kBodyPadding);
        ASSERT_EQ(left, "");
      }
    }
  }
}

TEST(RequestParserTest, LeavesTheNextRequestAlone) {
  RequestParser parser(kLimits);
  Request request;
  std::string left;
  parser.Reset(request);
  EXPECT_EQ(ParsePieces(parser, {kSized + "GET /next"}, left), State::kComplete);
  EXPECT_EQ(left, "GET /next");
}

TEST(RequestParserTest, StartsAfreshAfterReset) {
  RequestParser parser(kLimits);
  Request request;
  std::string left;
  parser.Reset(request);
  ParsePieces(parser, {kChunked}, left);
  parser.Reset(request);
  EXPECT_EQ(ParsePieces(parser, {"GET /b HTTP/1.1\r\nHost: h\r\n\r\n"}, left), State::kComplete);
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(request.query, "");
  EXPECT_EQ(request.headers.size(), 1u);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(RequestParserTest, UnderstandsTheFormsOfATarget) {
  struct Case {
    const char* target;
    const char* path;
    const char* query;
  };
  for (const Case& c : std::vector<Case>{{"/", "/", ""},
                                         {"/a/b?c=d?e", "/a/b", "c=d?e"},
                                         {"http://host/a?b", "/a", "b"},
                                         {"http://host", "/", ""},
                                         {"http://host?q", "/", "q"},
                                         {"*", "*", ""},
                                         {"/redirect?to=http://x/y", "/redirect", "to=http://x/y"}}) {
    RequestParser parser(kLimits);
    Request request;
    std::string left;
    parser.Reset(request);
    ASSERT_EQ(ParsePieces(parser, {"GET " + std::string(c.target) + " HTTP/1.1\r\nHost: h\r\n\r\n"}, left),
              State::kComplete);
    EXPECT_EQ(request.path, c.path);
    EXPECT_EQ(request.query, c.query);
  }
}

// An announced length makes no more room than a client can be trusted with.
TEST(RequestParserTest, DoesNotReserveWhatIsOnlyAnnounced) {
  RequestParser parser({4096, size_t{1} << 40});
  Request request;
  std::string left;
  parser.Reset(request);
  EXPECT_EQ(
      ParsePieces(parser, {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000000\r\n\r\nx"}, left),
      State::kNeedMore);
  EXPECT_LT(request.body.capacity(), size_t{2} << 20);
}

TEST(RequestParserTest, SaysWhatIsWrong) {
  RequestParser parser(kLimits);
  Request request;
  std::string left;
  parser.Reset(request);
  EXPECT_EQ(ParsePieces(parser, {"GET / HTTP/1.1\r\n\r\n"}, left), State::kFailed);
  EXPECT_EQ(parser.error().status, 400);
  EXPECT_EQ(parser.error().code, "bad_host");
  EXPECT_NE(parser.error().message, "");
}

}  // namespace
}  // namespace portcullis::http
