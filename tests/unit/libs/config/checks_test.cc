#include "libs/config/checks.h"

#include <gtest/gtest.h>

namespace portcullis::config {
namespace {

using testing::Test;

void ExpectGood(const Check& check, std::initializer_list<const char*> texts) {
  for (const char* text : texts) EXPECT_EQ(check(text), "") << text;
}

void ExpectBad(const Check& check, std::initializer_list<const char*> texts) {
  for (const char* text : texts) EXPECT_NE(check(text), "") << text;
}

TEST(Checks, Address) {
  ExpectGood(CheckAddress, {"0.0.0.0:41002", "[::1]:0", "localhost:80", "audit.svc_1.local:65535"});
  ExpectBad(CheckAddress, {"", "localhost", "localhost:", ":80", "localhost:65536", "localhost:-1", "a b:80",
                           "::1:80", "[::1]", "host:80x"});
}

TEST(Checks, Url) {
  ExpectGood(CheckUrl,
             {"https://api.mistral.ai/v1", "http://127.0.0.1:9001", "http://[::1]:8080/v1", "https://a/"});
  ExpectBad(CheckUrl,
            {"", "api.mistral.ai", "ftp://a", "https://", "https:///v1", "https://user:pw@host/v1",
             "https://host:99999/v1", "https://host/v1?x=1", "https://host/#a", "https://ho st/v1"});
}

TEST(Checks, VariableName) {
  ExpectGood(CheckVariableName, {"MISTRAL_API_KEY", "_a1"});
  ExpectBad(CheckVariableName, {"", "1A", "A-B", "sk-live-0123456789", "$KEY", "A B"});
}

TEST(Checks, VariableNameNeverShowsAKey) {
  EXPECT_EQ(CheckVariableName("sk-live-0123456789").find("0123456789"), std::string::npos);
}

TEST(Checks, HeaderName) {
  ExpectGood(CheckHeaderName, {"Authorization", "x-api-key"});
  ExpectBad(CheckHeaderName, {"", "x api", "a:b", "a\r\nb"});
}

TEST(Checks, Identifier) {
  ExpectGood(CheckIdentifier, {"mistral-large", "a.b_c:d/e", "1"});
  ExpectBad(CheckIdentifier, {"", "-a", "a b", "a\"b", "\xC3\xA9"});
}

TEST(Checks, OneLine) {
  ExpectGood(CheckOneLine, {"", "plain text \xC3\xA9"});
  ExpectBad(CheckOneLine, {"a\nb", "a\rb", "a\tb"});
}

TEST(Checks, SemVer) {
  ExpectGood(CheckSemVer,
             {"1.0.0", "0.0.4", "10.20.30", "1.2.3-rc.1", "1.2.3-0a+build.01", "1.0.0+21AF26D3"});
  ExpectBad(CheckSemVer, {"", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+",
                          "1.0.0-a..b", "one", "1.a.0"});
}

TEST(Checks, OneOfSuggests) {
  const Check check = OneOf({"timeout", "rate_limit"}, "trigger");
  EXPECT_EQ(check("timeout"), "");
  EXPECT_EQ(check("timout"), "knows no trigger \"timout\"; did you mean \"timeout\"?");
}

}  // namespace
}  // namespace portcullis::config
