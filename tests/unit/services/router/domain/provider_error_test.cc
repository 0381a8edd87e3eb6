#include "services/router/domain/dialect/provider_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::router {
namespace {

using ::testing::EndsWith;

TEST(ProviderErrorTest, ReadsTheShapesThatProvidersUse) {
  auto error = ParseProviderError(
      R"({"error":{"message":"Too long","type":"invalid_request_error","code":"context_length_exceeded"}})");
  EXPECT_EQ(error.message, "Too long");
  EXPECT_EQ(error.type, "invalid_request_error");
  EXPECT_EQ(error.code, "context_length_exceeded");

  error = ParseProviderError(
      R"({"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"})");
  EXPECT_EQ(error.message, "Invalid model: x");
  EXPECT_EQ(error.code, "1500");

  EXPECT_EQ(ParseProviderError(R"({"detail":[{"loc":["body"],"msg":"Field required"}]})").message,
            "Field required");
  EXPECT_EQ(ParseProviderError(R"({"message":{"detail":[{"msg":"Bad role"}]}})").message, "Bad role");
  EXPECT_EQ(ParseProviderError(R"({"detail":"Unauthorized"})").message, "Unauthorized");
  EXPECT_EQ(ParseProviderError(R"({"error":"plain"})").message, "plain");
  EXPECT_EQ(ParseProviderError(R"({"message":"x","code":3051})").code, "3051");
}

TEST(ProviderErrorTest, AnythingElseSaysNothing) {
  for (const char* body :
       {"", "<html>502</html>", "[]", "null", "{", R"({"error":{}})", R"({"message":7})"}) {
    EXPECT_EQ(ParseProviderError(body).message, "") << body;
  }
}

TEST(ProviderErrorTest, TheMessageIsOneShortLineOfUtf8) {
  EXPECT_EQ(ParseProviderError(R"({"message":" two\n\t lines\u0000 "})").message, "two lines");
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xC3\xA9";
  const std::string message = ParseProviderError(R"({"message":")" + text + "\"}").message;
  EXPECT_LE(message.size(), 300u);
  EXPECT_THAT(message, EndsWith("\xC3\xA9..."));
}

TEST(ProviderErrorTest, KeysAreHidden) {
  EXPECT_EQ(HideSecrets("bad key s3cret, s3cret!", "s3cret"), "bad key [hidden], [hidden]!");
  EXPECT_EQ(HideSecrets("Incorrect API key provided: sk-proj-abc***xyz. Find", ""),
            "Incorrect API key provided: [hidden]. Find");
  EXPECT_EQ(HideSecrets("ask-me sk-1", ""), "ask-me sk-1");
}

}  // namespace
}  // namespace portcullis::router
